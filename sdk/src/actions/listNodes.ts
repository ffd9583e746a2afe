import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { getMarketLogs } from "./logs.ts";
import { selectorOf, topicOf } from "./topics.ts";

export type ListNodesParameters = { owner?: Address };
export type ListNodesReturnType = Address[];

/**
 * Every node that was ever registered, or that an owner registered, oldest first.
 *
 * @example
 * const nodes = await listNodes(client, { owner });
 */
export async function listNodes(
	client: MarketClient,
	{ owner }: ListNodesParameters = {},
): Promise<ListNodesReturnType> {
	const events = await getMarketLogs(client, {
		topics: [selectorOf("NodeRegistered"), null, owner === undefined ? null : topicOf(owner)],
	});
	return events.flatMap((event) => (event.eventName === "NodeRegistered" ? [event.args.node] : []));
}
