import type { Hex } from "viem";
import { type DisputeStory, getDisputes } from "../actions/getDisputes.ts";
import { getMarketLogs } from "../actions/logs.ts";
import { selectorOf } from "../actions/topics.ts";
import type { MarketClient } from "../chain/client.ts";
import { formatJobRef, type JobRef, parseJobRef } from "../chain/jobRef.ts";
import { OrderNotFoundError } from "../errors/chain.ts";
import { UsageError } from "./errors.ts";

/**
 * The disputes that a person names: those of a job, or one by its own id.
 * @throws {OrderNotFoundError} no order, and no dispute, has this id
 */
export async function findDisputes(
	client: MarketClient,
	text: string,
): Promise<{ ref: JobRef; disputes: DisputeStory[] }> {
	const ref = parseJobRef(text);
	try {
		return { ref, disputes: await getDisputes(client, ref) };
	} catch (error) {
		if (!(error instanceof OrderNotFoundError) || text.includes("/")) throw error;
		const job = await jobOfDispute(client, ref.orderId);
		if (!job) throw error;
		const all = await getDisputes(client, job);
		return { ref: job, disputes: all.filter(({ dispute }) => dispute === ref.orderId) };
	}
}

async function jobOfDispute(client: MarketClient, dispute: Hex): Promise<JobRef | undefined> {
	const [event] = await getMarketLogs(client, { topics: [selectorOf("Challenged"), null, null, dispute] });
	return event?.eventName === "Challenged" ? { orderId: event.args.id, job: event.args.job } : undefined;
}

/** The one that is meant: the only one, the last open one, or the one that is named. */
export function theDispute(disputes: readonly DisputeStory[], named: string | undefined, ref: JobRef): DisputeStory {
	const [last] = disputes.toReversed();
	const job = formatJobRef(ref);
	if (!last) throw new UsageError(`nobody has challenged ${job}`, { hint: "`depin challenge` does." });
	if (named === undefined) return disputes.findLast(({ ended }) => ended === undefined) ?? last;
	const found = disputes.find(({ dispute }) => dispute.startsWith(named.toLowerCase()));
	if (found) return found;
	throw new UsageError(`${job} has no dispute ${named}`, {
		hint: `It has: ${disputes.map(({ dispute }) => dispute).join(", ")}`,
	});
}
