import type { MarketClient } from "../chain/client.ts";
import type { JobRef } from "../chain/jobRef.ts";
import { jobCount, unpackTerms } from "../chain/terms.ts";
import { JobNotFoundError, OrderNotFoundError } from "../errors/chain.ts";
import { getOrderEvents, type TimedEvent } from "./getOrderEvents.ts";

export type GetJobHistoryParameters = JobRef;
export type GetJobHistoryReturnType = TimedEvent[];

/**
 * Everything that happened to one job, oldest first: its order's `Posted` and `Closed`, and its own events.
 *
 * @example
 * const history = await getJobHistory(client, parseJobRef(text));
 */
export async function getJobHistory(
	client: MarketClient,
	{ orderId, job }: GetJobHistoryParameters,
): Promise<GetJobHistoryReturnType> {
	const events = await getOrderEvents(client, { orderId });
	const posted = events.find((event) => event.eventName === "Posted");
	if (posted?.eventName !== "Posted") throw new OrderNotFoundError(orderId, client.deployment.market);
	const jobs = jobCount(unpackTerms(posted.args.terms));
	if (job >= jobs) throw new JobNotFoundError(orderId, job, jobs);
	return events.filter((event) => !("job" in event.args) || event.args.job === job);
}
