import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { unpackTerms } from "../chain/terms.ts";
import type { GetOrderReturnType } from "./getOrder.ts";
import { getMarketLogs } from "./logs.ts";
import { selectorOf, topicOf } from "./topics.ts";

export type ListOrdersParameters = { consumer: Address };
export type ListOrdersReturnType = GetOrderReturnType[];

/**
 * Every order a consumer posted, oldest first, from events alone.
 *
 * @example
 * const orders = await listOrders(client, { consumer });
 */
export async function listOrders(
	client: MarketClient,
	{ consumer }: ListOrdersParameters,
): Promise<ListOrdersReturnType> {
	const events = await getMarketLogs(client, { topics: [selectorOf("Posted"), null, topicOf(consumer)] });
	return events.flatMap((event) =>
		event.eventName === "Posted"
			? [
					{
						orderId: event.args.id,
						order: unpackTerms(event.args.terms),
						uri: event.args.uri,
						postedBlock: event.blockNumber,
						postedTx: event.transactionHash,
					},
				]
			: [],
	);
}
