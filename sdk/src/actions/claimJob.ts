import type { MarketClient } from "../chain/client.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type ClaimJobParameters = WriteOptions & {
	order: Order;
	job: number;
};
export type ClaimJobReturnType = WriteReturnType;

/**
 * Claims an open job for the client's account, a node key.
 *
 * @example
 * await claimJob(client, { order, job: 0 });
 */
export async function claimJob(client: MarketClient, parameters: ClaimJobParameters): Promise<ClaimJobReturnType> {
	const { order, job, ...options } = parameters;
	return writeMarket(client, "claim", [packTerms(order), job], options);
}
