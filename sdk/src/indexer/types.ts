// The answers of the mirror's /v1 routes. This file is their one author: the mirror builds them (`…Json`, what travels:
// amounts as decimal strings of base units), the client reads them (`Indexed…`, amounts as bigint). Times are unix
// seconds, addresses and hashes lower-case hex.
import { z } from "zod";
import { jobStates, nodeStatuses } from "../chain/state.ts";
import { challengeSchema, decisionSchema, panelSchema, sealSchema, slashingSchema } from "./disputes.ts";
import { address, amount, anything, hash, share, whole } from "./values.ts";

export const accountSchema = z.object({
	address,
	free: amount.describe("may be spent or withdrawn now"),
	fees: amount.describe("fees of its nodes' jobs, waiting to be swept; not the account's to spend"),
	escrow: amount.describe("locked in its own orders"),
	staked: amount.describe("stake of its nodes, what is unbonding included"),
	deposited: amount,
	withdrawn: amount,
	spent: amount.describe("pay of its orders' jobs, fee included"),
	refunded: amount,
	earned: amount.describe("pay of its nodes' jobs, fee taken off"),
	feesPaid: amount,
	bounties: amount,
	slashed: amount,
	bonded: amount.describe("locked in its own challenges and appeals"),
	forfeited: amount.describe("of such bonds, what did not come back"),
	awarded: amount.describe("by disputes: jurors' fees of its nodes, rewards, compensation"),
	sinceBlock: whole,
	sinceTime: whole,
});

/** How a provider's or node's jobs ended. Cheap to fake by trading with oneself: a record, not a score. */
const jobRecord = {
	jobsOk: whole,
	jobsFailed: whole,
	jobsReopened: whole,
	jobsExpired: whole,
	jobsVoided: whole.describe("unpaid with a result: out-voted, withheld, found wrong, or the node jailed"),
};

export const providerSchema = z.object({
	address,
	nodes: whole,
	active: whole,
	...jobRecord,
	sinceBlock: whole,
	sinceTime: whole,
});

export const nodeSchema = z.object({
	address,
	owner: address,
	class: whole,
	status: z.enum(nodeStatuses),
	stake: amount,
	locked: amount,
	unbonding: amount,
	unbondAt: whole,
	open: whole,
	maxOpen: whole,
	activatedAt: whole,
	rosterIndex: whole,
	metadata: hash,
	uri: z.string(),
	...jobRecord,
	earned: amount,
	slashed: amount,
	jailedAt: whole.nullable(),
	registeredBlock: whole,
	registeredTime: whole,
	registeredTx: hash,
});

export const classSchema = z.object({
	id: whole,
	minStake: amount,
	step: whole.describe("seconds in which the number of nodes that may claim doubles"),
	documentHash: hash,
	active: whole,
	owners: whole.describe("distinct owners of the active nodes"),
	setBlock: whole,
	setTx: hash,
});

export const orderStates = ["open", "assigned", "done"] as const;

export const orderSchema = z.object({
	id: hash,
	consumer: address,
	salt: amount,
	node: address,
	lots: whole,
	tasksPerLot: whole,
	replicas: whole,
	quorum: whole,
	metered: z.boolean(),
	arbiter: address,
	challengeFor: whole,
	maxRun: whole,
	postBy: whole,
	verifier: address,
	openFor: whole,
	rampFor: whole,
	beatEvery: whole,
	taskRoot: hash,
	startPrice: amount,
	maxPrice: amount,
	failBps: share,
	class: whole,
	bond: amount,
	feeBps: share,
	manifest: hash,
	manifestCid: z.string(),
	uri: z.string(),
	jobs: whole,
	jobEscrow: amount,
	state: z.enum(orderStates),
	closed: z.boolean(),
	escrow: amount,
	unclaimed: whole,
	reopened: whole.describe("of the unclaimed: claimed once and handed back or lost"),
	running: whole,
	sealed: whole.describe("replicas whose results wait for the tally"),
	submitted: whole,
	paid: whole,
	voided: whole,
	spent: amount,
	fees: amount,
	refunded: amount,
	postedAt: whole,
	postedBlock: whole,
	postedTx: hash,
	closedAt: whole.nullable(),
	closedTx: hash.nullable(),
});

export const jobSchema = z.object({
	orderId: hash,
	number: whole,
	state: z.enum(jobStates),
	consumer: address,
	provider: address.nullable(),
	node: address.nullable().describe("who runs or ran it; null while open"),
	lastFailedBy: address.nullable().describe("may not claim it again"),
	attempts: whole.describe("claims so far"),
	stopped: z.boolean(),
	claimDelay: whole.nullable(),
	unitPrice: amount.nullable(),
	claimedAt: whole.nullable(),
	deadline: whole
		.nullable()
		.describe("running: submit by; sealed: last moment for another seal; submitted: anyone may settle from then on"),
	challenges: whole.describe("open ones; nobody can settle before the deadline while there are any"),
	submittedAt: whole.nullable(),
	endedAt: whole.nullable(),
	digest: hash.nullable(),
	status: whole.nullable(),
	pay: amount.nullable(),
	fee: amount.nullable(),
	refund: amount.nullable(),
	claimTx: hash.nullable(),
	submitTx: hash.nullable(),
	endTx: hash.nullable(),
});

export const resultSchema = z.object({
	orderId: hash,
	number: whole,
	attempt: whole,
	node: address,
	digest: hash,
	resultRoot: hash,
	outputsDigest: hash,
	statementHash: hash,
	evidenceHash: hash,
	shadowCommit: hash,
	resultCid: z.string().describe("of the outputs' UnixFS root"),
	statementCid: z.string(),
	status: whole,
	exitCode: z.int(),
	startedAt: whole,
	finishedAt: whole,
	billed: whole,
	pay: amount,
	submittedAt: whole,
	block: whole,
	tx: hash,
});

/** A task is run by every job of its lot; its outputs and status are in those jobs' results. */
export const taskSchema = z.object({
	orderId: hash,
	number: whole.describe("of all tasks of the order"),
	lot: whole,
	jobs: z.array(jobSchema.pick({ number: true, state: true, node: true, status: true, digest: true })),
});

export const paymentKinds = [
	"deposit",
	"withdrawal",
	"escrow",
	"pay",
	"fee",
	"refund",
	"stake",
	"unstake",
	"slash",
	"bounty",
	"sweep",
	"treasury",
	"bond",
	"release",
	"forfeit",
	"seizure",
	"juror",
	"reward",
	"compensation",
	"remainder",
] as const;

/** One movement of money. `from` or `to` is null where the other side is the market itself (escrow, stake, pool). */
export const paymentSchema = z.object({
	id: z.string(),
	kind: z.enum(paymentKinds),
	from: address.nullable(),
	to: address.nullable(),
	amount,
	orderId: hash.nullable(),
	number: whole.nullable(),
	node: address.nullable(),
	dispute: hash.nullable(),
	block: whole,
	time: whole,
	tx: hash,
	logIndex: whole,
});

/** One event of the market or of its panel as it was sent; numbers above 2^53 in `args` are decimal strings. */
export const eventSchema = z.object({
	id: z.string(),
	name: z.string(),
	orderId: hash.nullable(),
	number: whole.nullable(),
	node: address.nullable(),
	dispute: hash.nullable().describe("orderId and number are then those of the disputed job"),
	account: address.nullable(),
	args: z.record(z.string(), anything).describe("as the ABI names them; numbers above 2^53 are decimal strings"),
	block: whole,
	time: whole,
	tx: hash,
	logIndex: whole,
});

/** Sums over all accounts, by the same names; then what is nobody's account, and counts. */
export const totalsSchema = accountSchema
	.omit({ address: true, sinceBlock: true, sinceTime: true })
	.extend({ treasury: amount, pool: amount, orders: whole, ...jobRecord });

/** `/v1/status`: which market this is a mirror of, and how far it has read. */
export const statusSchema = z.object({
	chainId: whole,
	market: address,
	asset: address,
	block: whole,
	time: whole,
});

/** `/v1/market`. */
export const marketSchema = z.object({
	totals: totalsSchema,
	parameters: z.record(z.string(), amount),
	arbiters: z.array(address).describe("that orders may name beside the default one"),
});

/** `/v1/jobs/<orderId>/<n>`: the job, every result it got, what was disputed of them, and its timeline, oldest first. */
export const jobDetailSchema = z.object({
	job: jobSchema,
	seal: sealSchema.nullable().describe("of a replica"),
	decision: decisionSchema.nullable().describe("of the replica's lot"),
	results: z.array(resultSchema),
	challenges: z.array(challengeSchema),
	events: z.array(eventSchema),
});

/** `/v1/challenges/<id>`: the challenge, who judged it and how, its money, and its timeline, oldest first. */
export const challengeDetailSchema = z.object({
	challenge: challengeSchema,
	panels: z.array(panelSchema),
	payments: z.array(paymentSchema),
	events: z.array(eventSchema),
});

/** `/v1/nodes/<address>`: the node, and its last 100 losses of stake, latest first (`/v1/slashings` pages). */
export const nodeDetailSchema = nodeSchema.extend({ slashings: z.array(slashingSchema) });

/** `/v1/orders/<id>`: the order and its jobs that were ever claimed, by number; at most 1,000 (`/v1/jobs` pages). */
export const orderDetailSchema = z.object({ order: orderSchema, jobs: z.array(jobSchema) });

/** As GraphQL has it: `errors` says what of a query is wrong, or which part of it could not be answered. */
export const graphqlAnswerSchema = z.object({
	data: z.record(z.string(), anything).nullish(),
	errors: z
		.array(z.object({ message: z.string(), path: z.array(anything).optional(), locations: anything.optional() }))
		.optional(),
});

/** One message of `/v1/stream`, by its event name; every message carries an id to resume from. */
export const streamMessageSchema = z.discriminatedUnion("event", [
	z.object({ event: z.literal("event"), data: eventSchema }),
	z
		.object({ event: z.literal("rewind"), data: z.object({ from: z.string() }) })
		.describe("events with this id or a later one are void: the chain took their blocks back"),
	z.object({ event: z.literal("open"), data: z.object({}) }).describe("what was asked for is sent; news follows"),
	z.object({ event: z.literal("head"), data: z.object({ block: whole, lag: whole.nullable() }) }),
]);

/** A page of rows; pass `nextCursor` on for the next one, null at the end. */
export function pageSchema<T extends z.ZodType>(item: T) {
	return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

export type AccountJson = z.input<typeof accountSchema>;
export type ProviderJson = z.input<typeof providerSchema>;
export type NodeJson = z.input<typeof nodeSchema>;
export type NodeDetailJson = z.input<typeof nodeDetailSchema>;
export type ClassJson = z.input<typeof classSchema>;
export type OrderJson = z.input<typeof orderSchema>;
export type OrderDetailJson = z.input<typeof orderDetailSchema>;
export type JobJson = z.input<typeof jobSchema>;
export type JobDetailJson = z.input<typeof jobDetailSchema>;
export type ChallengeDetailJson = z.input<typeof challengeDetailSchema>;
export type TaskJson = z.input<typeof taskSchema>;
export type ResultJson = z.input<typeof resultSchema>;
export type PaymentJson = z.input<typeof paymentSchema>;
export type EventJson = z.input<typeof eventSchema>;
export type MarketJson = z.input<typeof marketSchema>;
export type StatusJson = z.input<typeof statusSchema>;
export type PageJson<T> = { items: T[]; nextCursor: string | null };

export type IndexedAccount = z.output<typeof accountSchema>;
export type IndexedProvider = z.output<typeof providerSchema>;
export type IndexedNode = z.output<typeof nodeSchema>;
export type IndexedNodeDetail = z.output<typeof nodeDetailSchema>;
export type IndexedClass = z.output<typeof classSchema>;
export type IndexedOrder = z.output<typeof orderSchema>;
export type IndexedOrderDetail = z.output<typeof orderDetailSchema>;
export type IndexedJob = z.output<typeof jobSchema>;
export type IndexedJobDetail = z.output<typeof jobDetailSchema>;
export type IndexedChallengeDetail = z.output<typeof challengeDetailSchema>;
export type IndexedTask = z.output<typeof taskSchema>;
export type IndexedResult = z.output<typeof resultSchema>;
export type IndexedPayment = z.output<typeof paymentSchema>;
export type IndexedEvent = z.output<typeof eventSchema>;
export type IndexedMarket = z.output<typeof marketSchema>;
export type IndexerStatus = z.output<typeof statusSchema>;
export type Page<T> = { items: T[]; nextCursor: string | null };
