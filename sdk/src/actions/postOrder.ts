import type { Hex } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { orderEscrow } from "../chain/pricing.ts";
import { type Order, orderId, packTerms } from "../chain/terms.ts";
import { writeFunded } from "./funding.ts";
import { encodeMarketCall, type WriteOptions, type WriteReturnType } from "./write.ts";

export type PostOrderParameters = WriteOptions & {
	/** `consumer` must be the client's account. */
	order: Order;
	/** Where the bundle's manifest is: `ipfs://<cid>?source=…`; sources are hints only. */
	uri: string;
};
export type PostOrderReturnType = WriteReturnType & { orderId: Hex };

/**
 * Posts an order in one transaction: permit, deposit of just what the balance lacks of the escrow, post.
 *
 * @example
 * const { orderId } = await postOrder(client, { order, uri });
 */
export async function postOrder(client: MarketClient, parameters: PostOrderParameters): Promise<PostOrderReturnType> {
	const { order, uri, ...options } = parameters;
	const call = encodeMarketCall("post", [packTerms(order), uri]);
	const written = await writeFunded(client, { needed: orderEscrow(order), call, options });
	return { ...written, orderId: orderId(client.deployment, order) };
}
