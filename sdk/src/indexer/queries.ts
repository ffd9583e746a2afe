// What may be asked of each list, in query parameters: filters, order, and which page. A parameter that is not named
// here is refused, since a filter that were silently ignored would answer another question.
import { z } from "zod";
import { verdicts } from "../chain/disputes.ts";
import { jobStates, nodeStatuses } from "../chain/state.ts";
import { challengeStates, slashReasons } from "./disputes.ts";
import { orderStates, paymentKinds } from "./types.ts";
import { anyAddress, anyDisputeId, anyOrderId, anything, oneOf, wholeFrom } from "./values.ts";

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 50;
const MAX_BLOCK = 999_999_999_999;

const paging = {
	limit: wholeFrom(1, MAX_LIMIT).default(DEFAULT_LIMIT).describe("most rows of the page"),
	cursor: z
		.string()
		.regex(/^[\w-]{1,256}$/, "expected the nextCursor of a page of this list")
		.optional()
		.describe("nextCursor of the page before, asked for with the same sort"),
};

/** What a list may be sorted by, its default first; `-` stands for the greatest or latest first. */
function sortedBy<const Names extends readonly [string, ...string[]]>(...names: Names) {
	return {
		sort: oneOf(names)
			.default(names[0] as never)
			.describe("what the rows are sorted by; - is descending"),
	};
}

const block = wholeFrom(0, MAX_BLOCK);
const happened = {
	fromBlock: block.optional().describe("happened in this block or later"),
	toBlock: block.optional().describe("happened in this block or earlier"),
};
const jobNumber = wholeFrom(0, 2 ** 32 - 1);
const classIndex = wholeFrom(0, 65_535);

export const orderQuery = z.strictObject({
	consumer: anyAddress.optional(),
	class: classIndex.optional(),
	state: oneOf(orderStates).optional(),
	...happened,
	...sortedBy("-postedAt", "postedAt", "-jobEscrow", "jobEscrow"),
	...paging,
});

export const jobQuery = z.strictObject({
	orderId: anyOrderId.optional(),
	consumer: anyAddress.optional(),
	provider: anyAddress.optional(),
	node: anyAddress.optional(),
	state: oneOf(jobStates).optional(),
	...happened,
	...sortedBy("-firstClaimedAt", "firstClaimedAt"),
	...paging,
});

export const resultQuery = z.strictObject({
	orderId: anyOrderId.optional(),
	node: anyAddress.optional(),
	...happened,
	...sortedBy("-submittedAt", "submittedAt"),
	...paging,
});

export const paymentQuery = z.strictObject({
	account: anyAddress.optional().describe("either side of it"),
	orderId: anyOrderId.optional(),
	kind: oneOf(paymentKinds).optional(),
	dispute: anyDisputeId.optional(),
	...happened,
	...sortedBy("-time", "time"),
	...paging,
});

export const eventQuery = z.strictObject({
	orderId: anyOrderId.optional(),
	node: anyAddress.optional(),
	dispute: anyDisputeId.optional(),
	account: anyAddress.optional(),
	name: z
		.string()
		.regex(/^[A-Z][A-Za-z]{0,40}$/, "expected the name of an event")
		.optional(),
	...happened,
	...sortedBy("-time", "time"),
	...paging,
});

export const challengeQuery = z.strictObject({
	orderId: anyOrderId.optional(),
	number: jobNumber.optional().describe("of the job, beside orderId"),
	node: anyAddress.optional().describe("whose result it is"),
	challenger: anyAddress.optional(),
	state: oneOf(challengeStates).optional(),
	verdict: oneOf(verdicts).optional(),
	...happened,
	...sortedBy("-challengedAt", "challengedAt"),
	...paging,
});

export const slashingQuery = z.strictObject({
	node: anyAddress.optional(),
	owner: anyAddress.optional(),
	reason: oneOf(slashReasons).optional(),
	...happened,
	...sortedBy("-time", "time"),
	...paging,
});

/** Parts of one order: always by number, or oldest first. */
export const partQuery = z.strictObject(paging);

export const nodeQuery = z.strictObject({
	owner: anyAddress.optional(),
	class: classIndex.optional(),
	status: oneOf(nodeStatuses).optional(),
	...sortedBy("address", "-stake", "-earned"),
	...paging,
});

export const providerQuery = z.strictObject({ ...sortedBy("address", "-jobsOk"), ...paging });

export const accountQuery = z.strictObject({ ...sortedBy("address", "-spent", "-earned", "-staked"), ...paging });

export const classQuery = z.strictObject(paging);

/** Most of the latest events that a stream starts with. */
const MAX_ROWS = 100;
export const streamQuery = eventQuery.pick({ orderId: true, node: true, account: true, name: true }).extend({
	rows: wholeFrom(0, MAX_ROWS).default(0).describe("how many of the latest events come first, when nothing is resumed"),
});
const LAST_EVENT_ID = /^\d{12}-\d{6}\.([0-9a-f]{12}|start)\.[0-9a-f]{8}$/;
export const streamHeaders = z.object({
	"Last-Event-ID": z
		.string()
		.regex(LAST_EVENT_ID, "expected the id of a message of this stream")
		.optional()
		.describe("where to go on: the id of the last message that was heard"),
});

export const graphqlRequestSchema = z.strictObject({
	query: z.string(),
	variables: z.record(z.string(), anything).nullish(),
	operationName: z.string().nullish(),
});

export const addressPath = z.strictObject({ address: anyAddress });
export const orderPath = z.strictObject({ id: anyOrderId });
export const jobPath = z.strictObject({ id: anyOrderId, n: jobNumber });
export const challengePath = z.strictObject({ id: anyDisputeId });
export const taskPath = z.strictObject({ id: anyOrderId, n: wholeFrom(0, Number.MAX_SAFE_INTEGER) });
export const classPath = z.strictObject({ id: classIndex });

export type OrderQuery = z.input<typeof orderQuery>;
export type JobQuery = z.input<typeof jobQuery>;
export type ResultQuery = z.input<typeof resultQuery>;
export type PaymentQuery = z.input<typeof paymentQuery>;
export type ChallengeQuery = z.input<typeof challengeQuery>;
export type SlashingQuery = z.input<typeof slashingQuery>;
export type EventQuery = z.input<typeof eventQuery>;
export type PartQuery = z.input<typeof partQuery>;
export type NodeQuery = z.input<typeof nodeQuery>;
export type ProviderQuery = z.input<typeof providerQuery>;
export type AccountQuery = z.input<typeof accountQuery>;
export type ClassQuery = z.input<typeof classQuery>;
