import type { MarketClient } from "../chain/client.ts";
import type { Receipt } from "../chain/result.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type VoidJobParameters = WriteOptions & {
	order: Order;
	receipt: Receipt;
};
export type VoidJobReturnType = WriteReturnType;

/**
 * Refunds a submitted job of a jailed node.
 *
 * @example
 * await voidJob(client, { order, receipt });
 */
export async function voidJob(client: MarketClient, parameters: VoidJobParameters): Promise<VoidJobReturnType> {
	const { order, receipt, ...options } = parameters;
	return writeMarket(client, "voidJob", [packTerms(order), receipt], options);
}
