import type { MarketClient } from "../chain/client.ts";
import { type Order, packTerms } from "../chain/terms.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type CloseOrderParameters = WriteOptions & {
	order: Order;
};
export type CloseOrderReturnType = WriteReturnType;

/**
 * Refunds every unclaimed job of an order: its consumer at any time, anybody once `openFor` is over. On an id that was
 * never posted it burns the id, so that a signed order can be revoked.
 *
 * @example
 * await closeOrder(client, { order });
 */
export async function closeOrder(
	client: MarketClient,
	parameters: CloseOrderParameters,
): Promise<CloseOrderReturnType> {
	const { order, ...options } = parameters;
	return writeMarket(client, "close", [packTerms(order)], options);
}
