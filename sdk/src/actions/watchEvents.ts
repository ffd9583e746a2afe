import type { MarketClient } from "../chain/client.ts";
import { explainChainError } from "../errors/revert.ts";
import { getMarketLogs, type LogRange } from "./logs.ts";
import type { MarketEvent } from "./write.ts";

export type WatchEventsParameters = {
	/** First block to read; default: the deployment's. */
	fromBlock?: bigint;
	/** Narrows what is read; see {@link getMarketLogs}. */
	topics?: NonNullable<LogRange["topics"]>;
	/** Ends the watch. */
	signal: AbortSignal;
};

/** The events of a range of blocks; empty when nothing happened in it. Resume at `toBlock + 1`. */
export type WatchedRange = { fromBlock: bigint; toBlock: bigint; events: MarketEvent[] };

/**
 * Reads events from a block on, then follows the chain by polling, until `signal` aborts. Every block is in exactly one
 * range. A lost endpoint is thrown (`retriable`), so that the caller decides how long to try.
 *
 * @example
 * for await (const { events } of watchEvents(client, { fromBlock, signal })) handle(events);
 */
export async function* watchEvents(
	client: MarketClient,
	{ fromBlock = client.fromBlock, topics = [], signal }: WatchEventsParameters,
): AsyncGenerator<WatchedRange, void> {
	let next = fromBlock;
	while (!signal.aborted) {
		const head = await latestBlock(client);
		if (head >= next) {
			yield {
				fromBlock: next,
				toBlock: head,
				events: await getMarketLogs(client, { fromBlock: next, toBlock: head, topics }),
			};
			next = head + 1n;
		}
		await pause(client.pollingInterval, signal);
	}
}

async function latestBlock(client: MarketClient): Promise<bigint> {
	try {
		return await client.getBlockNumber({ cacheTime: 0 });
	} catch (error) {
		throw explainChainError(error, "reading the latest block");
	}
}

/** Ends early, without an error, when `signal` aborts: the loop looks at the signal itself. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const done = () => {
			clearTimeout(timer);
			signal.removeEventListener("abort", done);
			resolve();
		};
		const timer = setTimeout(done, ms);
		signal.addEventListener("abort", done);
		if (signal.aborted) done();
	});
}
