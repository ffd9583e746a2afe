import type { Hex } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { jobCount, type Order, unpackTerms } from "../chain/terms.ts";
import { type JobStanding, standingOf } from "../chain/timeline.ts";
import { OrderNotFoundError } from "../errors/chain.ts";
import { getOrderEvents, type TimedEvent } from "./getOrderEvents.ts";

/** An order and where each of its jobs stands, from events alone. */
export type OrderStory = {
	orderId: Hex;
	order: Order;
	uri: string;
	postedAt: number;
	events: readonly TimedEvent[];
	/** By job number. */
	jobs: readonly (JobStanding & { job: number })[];
};

export type GetOrderStoryParameters = { orderId: Hex };
export type GetOrderStoryReturnType = OrderStory;

/**
 * An order, everything that happened to it, and where each of its jobs stands.
 *
 * @example
 * const { order, jobs } = await getOrderStory(client, { orderId });
 */
export async function getOrderStory(
	client: MarketClient,
	{ orderId }: GetOrderStoryParameters,
): Promise<GetOrderStoryReturnType> {
	const story = tellStory(await getOrderEvents(client, { orderId }));
	if (!story) throw new OrderNotFoundError(orderId, client.deployment.market);
	return story;
}

/** The story of one order's events, oldest first; undefined when they have no `Posted`. */
export function tellStory(events: readonly TimedEvent[]): OrderStory | undefined {
	const posted = events.find((event) => event.eventName === "Posted");
	if (posted?.eventName !== "Posted") return undefined;
	const order = unpackTerms(posted.args.terms);
	const shared = events.filter((event) => !("job" in event.args));
	const own = Map.groupBy(events, (event) => ("job" in event.args ? event.args.job : -1));
	const jobs = Array.from({ length: jobCount(order) }, (_, job) => {
		const history = [...shared, ...(own.get(job) ?? [])].sort(byTime);
		return { job, ...standingOf(history) };
	});
	return { orderId: posted.args.id, order, uri: posted.args.uri, postedAt: posted.time, events, jobs };
}

function byTime(a: TimedEvent, b: TimedEvent): number {
	return Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex;
}
