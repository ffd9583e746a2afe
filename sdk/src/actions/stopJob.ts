import type { MarketClient } from "../chain/client.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type StopJobParameters = WriteOptions & {
	order: Order;
	job: number;
};
export type StopJobReturnType = WriteReturnType;

/**
 * Asks the node to end a running job early. A result that says `stopped` is paid by `failBps`, an ok one in full.
 *
 * @example
 * await stopJob(client, { order, job: 0 });
 */
export async function stopJob(client: MarketClient, parameters: StopJobParameters): Promise<StopJobReturnType> {
	const { order, job, ...options } = parameters;
	return writeMarket(client, "stop", [packTerms(order), job], options);
}
