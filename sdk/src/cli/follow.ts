import type { Hex } from "viem";
import { type TimedEvent, withTimes } from "../actions/getOrderEvents.ts";
import { type OrderStory, tellStory } from "../actions/getOrderStory.ts";
import { watchEvents } from "../actions/watchEvents.ts";
import type { MarketClient } from "../chain/client.ts";
import { isTerminal } from "../chain/state.ts";
import type { JobStanding } from "../chain/timeline.ts";
import { DepinError } from "../errors/base.ts";
import { OrderNotFoundError } from "../errors/chain.ts";
import { InterruptedError, WaitTimeoutError } from "./errors.ts";

export type FollowParameters = {
	orderId: Hex;
	/** A block not after the posting. */
	fromBlock: bigint;
	/** Ends the wait. */
	until: (story: OrderStory) => boolean;
	/** Told every event once, with the story up to it. */
	onEvent: (event: TimedEvent) => void;
	signal: AbortSignal;
	/** Seconds; default: for as long as it takes. */
	timeout?: number | undefined;
};

/** Outages of the endpoint shorter than this are waited out. */
const PATIENCE_MS = 60_000;

/** Reads an order's events as they come until `until` holds, and returns its story then. */
export async function followOrder(client: MarketClient, parameters: FollowParameters): Promise<OrderStory> {
	const { orderId, until, onEvent, signal, timeout } = parameters;
	const hint = `Look again with: depin status ${orderId}   Take back what is unclaimed with: depin cancel ${orderId}`;
	const ended = timeout === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeout * 1000)]);
	const events: TimedEvent[] = [];
	for await (const range of ranges(client, parameters, ended)) {
		for (const event of await withTimes(client, range)) {
			events.push(event);
			onEvent(event);
		}
		const story = tellStory(events);
		if (!story) throw new OrderNotFoundError(orderId, client.deployment.market);
		if (until(story)) return story;
	}
	if (signal.aborted) throw new InterruptedError(`The order goes on without this command. ${hint}`);
	throw new WaitTimeoutError(timeout ?? 0, orderId, hint);
}

/** The order's events a range of blocks at a time, over short outages of the endpoint. */
async function* ranges(client: MarketClient, { orderId, fromBlock }: FollowParameters, signal: AbortSignal) {
	let next = fromBlock;
	let lostSince: number | undefined;
	while (!signal.aborted) {
		try {
			for await (const range of watchEvents(client, { fromBlock: next, topics: [null, orderId], signal })) {
				next = range.toBlock + 1n;
				lostSince = undefined;
				yield range.events;
			}
		} catch (error) {
			if (!(error instanceof DepinError) || !error.retriable) throw error;
			lostSince ??= performance.now();
			if (performance.now() - lostSince > PATIENCE_MS) throw error;
			await new Promise((resolve) => setTimeout(resolve, client.pollingInterval));
		}
	}
}

/** True when the job has a result, or never will have one. */
export function hasOutcome({ state }: JobStanding): boolean {
	return state === "submitted-ok" || state === "submitted-fail" || isTerminal(state);
}
