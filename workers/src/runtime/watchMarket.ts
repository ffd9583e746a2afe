import type { MarketClient } from "depin";
import { marketAbi } from "depin/abi";
import type { MarketEvent } from "depin/actions";
import { BlockNotFoundError, parseEventLogs } from "viem";
import { advanceCursor, type Checkpoint, type Cursor } from "./cursor.ts";
import { isRetriable, oneLine, UnavailableError } from "./errors.ts";
import type { Logger } from "./log.ts";
import { backoffMs, sleep } from "./loop.ts";
import type { Metrics } from "./metrics.ts";
import { followNewHeads, type Head } from "./newHeads.ts";

export type { MarketEvent } from "depin/actions";

export type MarketUpdate =
	| {
			kind: "events";
			/** In chain order; empty when the blocks had none, so this is also the tick of every head. */
			events: MarketEvent[];
			/** The last block they are from. */
			head: Head;
			/** False while older blocks are still being read: the state is not yet the chain's. */
			caughtUp: boolean;
			cursor: Cursor;
	  }
	/** Everything above `toBlock` is undone; what took its place follows as events. */
	| { kind: "reorg"; toBlock: bigint; cursor: Cursor };

export type WatchMarketParameters = {
	client: MarketClient;
	/** Without it, or while it is down, heads are polled. */
	wsUrl?: string | undefined;
	/** Where an earlier run stopped; absent = from the deployment's first block. */
	cursor?: Cursor | undefined;
	signal: AbortSignal;
	log: Logger;
	metrics?: Metrics;
	/** Pause between polls while no socket tells of heads, milliseconds. */
	pollMs?: number;
	/** Blocks asked for at once while catching up. */
	span?: bigint;
	/** Told whether the chain answers, on every try: what `/ready` wants to know. */
	onContact?: (answers: boolean) => void;
	/**
	 * Awaited, in order, never concurrently; after a retriable failure the same update comes again. Store `cursor` in the same transaction as what the events changed: then a
	 * kill at any instant neither loses nor repeats one.
	 */
	handle: (update: MarketUpdate) => Promise<void>;
};

/** With a socket up, polling only guards against one that died without a word. */
const GUARD_POLL_MS = 5_000;

/** Follows the Market's events until `signal` aborts. Throws what `handle` throws, and what trying again cannot cure. */
export async function watchMarket(parameters: WatchMarketParameters): Promise<void> {
	const { client, wsUrl, signal, log, pollMs = 1_000, metrics } = parameters;
	const reorgs = metrics?.counter("depin_chain_reorgs_total", "Times the followed chain was reorganised");
	const followed = metrics?.gauge("depin_chain_followed_blocks", "Number of the last block whose events were handled");
	const reader = createReader(parameters, {
		onReorg: () => reorgs?.inc(),
		onBlock: (head) => followed?.set(Number(head.number)),
	});
	let told: Head | undefined;
	let wake = Promise.withResolvers<void>();
	const onHead = (head: Head) => {
		told = head;
		wake.resolve();
	};
	// Up or down, look at once: between the last poll and the subscription a head may have come.
	const onChange = () => wake.resolve();
	const socket = wsUrl ? followNewHeads({ url: wsUrl, signal, log, onHead, onChange }) : undefined;
	let guarding = false;
	for (let failures = 0; !signal.aborted; ) {
		const head = told;
		told = undefined;
		wake = Promise.withResolvers();
		try {
			const moved = await reader.advance(head ?? (await latestHead(client)));
			// Polling found what an open socket did not tell: it is dead on the way.
			if (moved && guarding && !head && !told) socket?.reconnect();
			failures = 0;
			parameters.onContact?.(true);
		} catch (error) {
			if (signal.aborted) return;
			if (!isRetriable(error) && !(error instanceof BlockNotFoundError)) throw error;
			failures += 1;
			parameters.onContact?.(false);
			log.warn({ failures, cause: oneLine(error) }, "reading the chain failed, trying again");
			await sleep(backoffMs(failures, { baseMs: pollMs }), signal).catch(() => {});
			continue;
		}
		const socketUp = socket?.up ?? false;
		guarding = (await woken(wake.promise, socketUp ? GUARD_POLL_MS : pollMs, signal)) === "timeout" && socketUp;
	}
}

async function woken(wake: Promise<void>, ms: number, signal: AbortSignal): Promise<"woken" | "timeout"> {
	const rest = new AbortController();
	const timeout = sleep(ms, AbortSignal.any([signal, rest.signal])).then(
		() => "timeout" as const,
		() => "woken" as const,
	);
	const ended = await Promise.race([wake.then(() => "woken" as const), timeout]);
	rest.abort();
	return ended;
}

async function latestHead(client: MarketClient): Promise<Head> {
	return toHead(await client.getBlock({ blockTag: "latest" }));
}

function toHead(block: { number: bigint | null; hash: string | null; parentHash: string; timestamp: bigint }): Head {
	const { number, hash, parentHash, timestamp } = block;
	return { number, hash, parentHash, timestamp: Number(timestamp) } as Head;
}

type Observers = { onReorg: () => void; onBlock: (head: Head) => void };

function createReader(parameters: WatchMarketParameters, observers: Observers) {
	const { client, signal, log, handle, span: maxSpan = 2_000n } = parameters;
	let cursor = parameters.cursor ?? [];
	let span = maxSpan;
	let told = false;

	/** Hands over everything up to `head`; false when that is nothing new. */
	async function advance(head: Head): Promise<boolean> {
		const last = cursor.at(-1);
		if (last?.hash === head.hash) {
			// After a restart on a quiet chain somebody still has to be told that this is the head.
			if (!told) await handle({ kind: "events", events: [], head, caughtUp: true, cursor });
			told = true;
			return false;
		}
		if (last && !(head.number === last.number + 1n && head.parentHash === last.hash)) await rewind();
		for (let from = nextBlock(); from <= head.number && !signal.aborted; from = nextBlock()) {
			const to = from + span - 1n < head.number ? from + span - 1n : head.number;
			const block = to === head.number ? head : toHead(await client.getBlock({ blockNumber: to }));
			const events = await readEvents(from, block);
			const next = advanceCursor(cursor, { number: block.number, hash: block.hash });
			await handle({ kind: "events", events, head: block, caughtUp: to === head.number, cursor: next });
			cursor = next;
			told = true;
			observers.onBlock(block);
		}
		return true;
	}

	function nextBlock(): bigint {
		const last = cursor.at(-1);
		return last ? last.number + 1n : client.fromBlock;
	}

	/** Drops checkpoints that are no longer in the chain. Parent hashes decide, never a log's `removed`. */
	async function rewind(): Promise<void> {
		const kept = [...cursor];
		while (kept.length > 0 && !(await isCanonical(kept.at(-1) as Checkpoint))) kept.pop();
		if (kept.length === cursor.length) return;
		const toBlock = kept.at(-1)?.number ?? client.fromBlock - 1n;
		log.warn(
			{ fromBlock: cursor.at(-1)?.number.toString(), toBlock: toBlock.toString() },
			`reorged to block ${toBlock}`,
		);
		await handle({ kind: "reorg", toBlock, cursor: kept });
		cursor = kept;
		observers.onReorg();
	}

	async function isCanonical({ number, hash }: Checkpoint): Promise<boolean> {
		try {
			return (await client.getBlock({ blockNumber: number })).hash === hash;
		} catch (error) {
			if (error instanceof BlockNotFoundError) return false;
			throw error;
		}
	}

	async function readEvents(from: bigint, to: Head): Promise<MarketEvent[]> {
		const address = client.deployment.market;
		// By hash where it is one block: then the answer cannot come from another branch.
		const range = from === to.number ? { blockHash: to.hash } : { fromBlock: from, toBlock: to.number };
		try {
			const logs = await client.getLogs({ address, ...range });
			span = span * 2n > maxSpan ? maxSpan : span * 2n;
			return parseEventLogs({ abi: marketAbi, logs });
		} catch (error) {
			if (isRetriable(error)) throw error;
			if (!(await isCanonical(to))) throw new UnavailableError("chain-moved", `block ${to.number} left the chain`);
			if (span === 1n || from === to.number) throw error;
			// Endpoints bound ranges differently and say so in different words; a smaller range is the answer to all of them.
			span /= 2n;
			throw new UnavailableError("range-refused", "the endpoint refused the range of blocks", { cause: error });
		}
	}

	return { advance };
}
