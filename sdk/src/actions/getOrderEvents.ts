import type { Hash, Hex } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { explainChainError } from "../errors/revert.ts";
import { getMarketLogs } from "./logs.ts";
import type { MarketEvent } from "./write.ts";

/** An event with the time of its block in unix seconds. */
export type TimedEvent = MarketEvent & { time: number };

export type GetOrderEventsParameters = {
	/** One order, or several. */
	orderId: Hex | readonly Hex[];
	/** Default: the block of the deployment. */
	fromBlock?: bigint;
};
export type GetOrderEventsReturnType = TimedEvent[];

/**
 * Everything the Market ever said of an order, oldest first.
 *
 * @example
 * const events = await getOrderEvents(client, { orderId });
 */
export async function getOrderEvents(
	client: MarketClient,
	{ orderId, fromBlock }: GetOrderEventsParameters,
): Promise<GetOrderEventsReturnType> {
	if (orderId.length === 0) return [];
	const range = fromBlock === undefined ? {} : { fromBlock };
	const events = await getMarketLogs(client, { ...range, topics: [null, orderId] });
	return withTimes(client, events);
}

/** Adds block times: endpoints that put them into logs are believed, of others each block is asked for once. */
export async function withTimes(client: MarketClient, events: readonly MarketEvent[]): Promise<TimedEvent[]> {
	const times = new Map<Hash, number>();
	try {
		for (const { blockHash, blockTimestamp } of events) {
			if (times.has(blockHash)) continue;
			times.set(blockHash, Number(blockTimestamp ?? (await client.getBlock({ blockHash })).timestamp));
		}
	} catch (error) {
		throw explainChainError(error, "reading blocks");
	}
	return events.map((event) => ({ ...event, time: times.get(event.blockHash) ?? 0 }));
}
