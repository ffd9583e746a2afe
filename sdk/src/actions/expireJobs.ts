import type { MarketClient } from "../chain/client.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type ExpireJobsParameters = WriteOptions & {
	order: Order;
	jobs: readonly number[];
};
export type ExpireJobsReturnType = WriteReturnType;

/**
 * Ends jobs whose nodes went silent past the deadline: a slice of the bond is slashed, a part of it is the caller's, and
 * the jobs reopen or are refunded.
 *
 * @example
 * await expireJobs(client, { order, jobs: [0] });
 */
export async function expireJobs(
	client: MarketClient,
	parameters: ExpireJobsParameters,
): Promise<ExpireJobsReturnType> {
	const { order, jobs, ...options } = parameters;
	return writeMarket(client, "expire", [packTerms(order), [...jobs]], options);
}
