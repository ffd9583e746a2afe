import type { Hash, Hex } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { type Order, orderId, unpackTerms } from "../chain/terms.ts";
import { OrderNotFoundError } from "../errors/chain.ts";
import { getMarketLogs } from "./logs.ts";
import { selectorOf } from "./topics.ts";

export type GetOrderParameters = { orderId: Hex };
export type GetOrderReturnType = {
	orderId: Hex;
	order: Order;
	/** `ipfs://<manifest cid>?source=…`, as posted; its sources are hints of the consumer, not facts. */
	uri: string;
	postedBlock: bigint;
	postedTx: Hash;
};

/**
 * An order's terms and uri, from its `Posted` event. The terms are hashed again, so an endpoint that lies is found out.
 *
 * @example
 * const { order, uri } = await getOrder(client, { orderId });
 */
export async function getOrder(client: MarketClient, parameters: GetOrderParameters): Promise<GetOrderReturnType> {
	const events = await getMarketLogs(client, { topics: [selectorOf("Posted"), parameters.orderId] });
	const posted = events.find((event) => event.eventName === "Posted");
	if (posted?.eventName !== "Posted") throw new OrderNotFoundError(parameters.orderId, client.deployment.market);
	const order = unpackTerms(posted.args.terms);
	if (orderId(client.deployment, order) !== parameters.orderId) {
		throw new OrderNotFoundError(parameters.orderId, client.deployment.market);
	}
	return {
		orderId: parameters.orderId,
		order,
		uri: posted.args.uri,
		postedBlock: posted.blockNumber,
		postedTx: posted.transactionHash,
	};
}
