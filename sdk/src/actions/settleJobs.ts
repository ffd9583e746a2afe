import type { MarketClient } from "../chain/client.ts";
import type { Receipt } from "../chain/result.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type SettleJobsParameters = WriteOptions & {
	order: Order;
	receipts: readonly Receipt[];
};
export type SettleJobsReturnType = WriteReturnType;

/**
 * Pays submitted jobs: the consumer at any time, which accepts them; anybody once their challenge windows are over.
 * {@link getReceipt} makes the receipts.
 *
 * @example
 * await settleJobs(client, { order, receipts: [receipt] });
 */
export async function settleJobs(
	client: MarketClient,
	parameters: SettleJobsParameters,
): Promise<SettleJobsReturnType> {
	const { order, receipts, ...options } = parameters;
	return writeMarket(client, "settle", [packTerms(order), [...receipts]], options);
}
