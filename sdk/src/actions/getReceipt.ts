import type { Hash } from "viem";
import type { MarketClient } from "../chain/client.ts";
import type { JobRef } from "../chain/jobRef.ts";
import { type Receipt, type Result, unpackResult } from "../chain/result.ts";
import { NotSubmittedError } from "../errors/chain.ts";
import { getJobHistory } from "./getJobHistory.ts";
import type { TimedEvent } from "./getOrderEvents.ts";

export type GetReceiptParameters = JobRef;
export type GetReceiptReturnType = Submission;

/** The last result of a job: what settling it needs, and what the node reported. */
export type Submission = { receipt: Receipt; result: Result; tx: Hash; block: bigint };

/**
 * The receipt of a job's last submitted result, for {@link settleJobs} and {@link voidJob}.
 *
 * @example
 * const { receipt } = await getReceipt(client, { orderId, job: 0 });
 * await settleJobs(client, { order, receipts: [receipt] });
 */
export async function getReceipt(client: MarketClient, ref: GetReceiptParameters): Promise<GetReceiptReturnType> {
	const submission = lastSubmission(await getJobHistory(client, ref));
	if (!submission) throw new NotSubmittedError(ref.orderId, ref.job, "not run to its end yet");
	return submission;
}

/** The last `Submitted` of a job's history. */
export function lastSubmission(history: readonly TimedEvent[]): Submission | undefined {
	const event = history.findLast((candidate) => candidate.eventName === "Submitted");
	if (event?.eventName !== "Submitted") return undefined;
	const { job, node, pay, digest, result } = event.args;
	return {
		receipt: { job, node, pay, submittedAt: event.time, digest },
		result: unpackResult(result),
		tx: event.transactionHash,
		block: event.blockNumber,
	};
}
