import type { Address, Hex } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { type JobState, jobStateName } from "../chain/state.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { readMarket } from "./read.ts";

export type GetJobParameters = { order: Order; job: number };
export type GetJobReturnType = {
	/** `none` also for a job of a single-job order that ended and was deleted; its history tells. */
	state: JobState;
	/** Running: who runs it. Open: who failed it last. Else the zero address. */
	node: Address;
	closed: boolean;
	stopped: boolean;
	/** Unix seconds; 0 once a single-job order is submitted. */
	postedAt: number;
	/** Running only. */
	claimedAt: number;
	/** Running: submit by; submitted: anyone may settle from then on. */
	deadline: number;
	challenges: number;
	/** Submitted only. */
	receiptHash: Hex;
};

/**
 * A job as it stands on chain now.
 *
 * @example
 * const { state, deadline } = await getJob(client, { order, job: 0 });
 */
export async function getJob(client: MarketClient, { order, job }: GetJobParameters): Promise<GetJobReturnType> {
	const view = await readMarket(client, "jobOf", [packTerms(order), job]);
	return { ...view, state: jobStateName(view.state) };
}
