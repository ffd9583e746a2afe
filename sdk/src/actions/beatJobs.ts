import type { MarketClient } from "../chain/client.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type BeatJobsParameters = WriteOptions & {
	order: Order;
	jobs: readonly number[];
};
export type BeatJobsReturnType = WriteReturnType;

/**
 * Says that these jobs of an order are alive, which moves their deadlines on.
 *
 * @example
 * await beatJobs(client, { order, jobs: [0] });
 */
export async function beatJobs(client: MarketClient, parameters: BeatJobsParameters): Promise<BeatJobsReturnType> {
	const { order, jobs, ...options } = parameters;
	return writeMarket(client, "beat", [packTerms(order), [...jobs]], options);
}
