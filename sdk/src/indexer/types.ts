// The answers of the mirror's /v1 routes. This file is their one author: the mirror builds them (`…Json`, what travels:
// amounts as decimal strings of base units), the client reads them (`Indexed…`, amounts as bigint). Times are unix
// seconds, addresses and hashes lower-case hex.
import { z } from "zod";
import { jobStates, nodeStatuses } from "../chain/state.ts";

const amount = z
	.string()
	.regex(/^-?\d{1,78}$/, "expected a decimal string of base units")
	.transform(BigInt);
const hex = z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]*$/)]);
const whole = z.int().nonnegative();
const share = z.int().min(0).max(10_000);

export const accountSchema = z.object({
	address: hex,
	/** May be spent or withdrawn now. */
	free: amount,
	/** Fees of its nodes' jobs, waiting to be swept; not the account's to spend. */
	fees: amount,
	/** Locked in its own orders. */
	escrow: amount,
	/** Stake of its nodes, what is unbonding included. */
	staked: amount,
	deposited: amount,
	withdrawn: amount,
	/** Pay of its orders' jobs, fee included. */
	spent: amount,
	refunded: amount,
	/** Pay of its nodes' jobs, fee taken off. */
	earned: amount,
	feesPaid: amount,
	bounties: amount,
	slashed: amount,
	sinceBlock: whole,
	sinceTime: whole,
});

/** How a provider's or node's jobs ended. Cheap to fake by trading with oneself: a record, not a score. */
const jobRecord = { jobsOk: whole, jobsFailed: whole, jobsReopened: whole, jobsExpired: whole };

export const providerSchema = z.object({
	address: hex,
	nodes: whole,
	active: whole,
	...jobRecord,
	sinceBlock: whole,
	sinceTime: whole,
});

export const nodeSchema = z.object({
	address: hex,
	owner: hex,
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
	metadata: hex,
	uri: z.string(),
	...jobRecord,
	earned: amount,
	slashed: amount,
	registeredBlock: whole,
	registeredTime: whole,
	registeredTx: hex,
});

export const classSchema = z.object({
	id: whole,
	minStake: amount,
	/** Seconds in which the number of nodes that may claim doubles. */
	step: whole,
	documentHash: hex,
	active: whole,
	/** Distinct owners of the active nodes. */
	owners: whole,
	setBlock: whole,
	setTx: hex,
});

export const orderStates = ["open", "assigned", "done"] as const;

export const orderSchema = z.object({
	id: hex,
	consumer: hex,
	salt: amount,
	node: hex,
	lots: whole,
	tasksPerLot: whole,
	replicas: whole,
	quorum: whole,
	metered: z.boolean(),
	arbiter: hex,
	challengeFor: whole,
	maxRun: whole,
	postBy: whole,
	verifier: hex,
	openFor: whole,
	rampFor: whole,
	beatEvery: whole,
	taskRoot: hex,
	startPrice: amount,
	maxPrice: amount,
	failBps: share,
	class: whole,
	bond: amount,
	feeBps: share,
	manifest: hex,
	manifestCid: z.string(),
	uri: z.string(),
	jobs: whole,
	jobEscrow: amount,
	state: z.enum(orderStates),
	closed: z.boolean(),
	escrow: amount,
	unclaimed: whole,
	/** Of the unclaimed: claimed once and handed back or lost. */
	reopened: whole,
	running: whole,
	submitted: whole,
	paid: whole,
	voided: whole,
	spent: amount,
	fees: amount,
	refunded: amount,
	postedAt: whole,
	postedBlock: whole,
	postedTx: hex,
	closedAt: whole.nullable(),
	closedTx: hex.nullable(),
});

export const jobSchema = z.object({
	orderId: hex,
	number: whole,
	state: z.enum(jobStates),
	consumer: hex,
	provider: hex.nullable(),
	/** Who runs or ran it; null while open. */
	node: hex.nullable(),
	/** May not claim it again. */
	lastFailedBy: hex.nullable(),
	/** Claims so far. */
	attempts: whole,
	stopped: z.boolean(),
	claimDelay: whole.nullable(),
	unitPrice: amount.nullable(),
	claimedAt: whole.nullable(),
	/** Running: submit by; submitted: anyone may settle from then on. */
	deadline: whole.nullable(),
	submittedAt: whole.nullable(),
	endedAt: whole.nullable(),
	digest: hex.nullable(),
	status: whole.nullable(),
	pay: amount.nullable(),
	fee: amount.nullable(),
	refund: amount.nullable(),
	claimTx: hex.nullable(),
	submitTx: hex.nullable(),
	endTx: hex.nullable(),
});

export const resultSchema = z.object({
	orderId: hex,
	number: whole,
	attempt: whole,
	node: hex,
	digest: hex,
	resultRoot: hex,
	outputsDigest: hex,
	statementHash: hex,
	evidenceHash: hex,
	shadowCommit: hex,
	/** Of the outputs' UnixFS root. */
	resultCid: z.string(),
	statementCid: z.string(),
	status: whole,
	exitCode: z.int(),
	startedAt: whole,
	finishedAt: whole,
	billed: whole,
	pay: amount,
	submittedAt: whole,
	block: whole,
	tx: hex,
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
] as const;

/** One movement of money. `from` or `to` is null where the other side is the market itself (escrow, stake, pool). */
export const paymentSchema = z.object({
	id: z.string(),
	kind: z.enum(paymentKinds),
	from: hex.nullable(),
	to: hex.nullable(),
	amount,
	orderId: hex.nullable(),
	number: whole.nullable(),
	node: hex.nullable(),
	block: whole,
	time: whole,
	tx: hex,
	logIndex: whole,
});

/** One event of the market as it was sent; numbers above 2^53 in `args` are decimal strings. */
export const eventSchema = z.object({
	id: z.string(),
	name: z.string(),
	orderId: hex.nullable(),
	number: whole.nullable(),
	node: hex.nullable(),
	account: hex.nullable(),
	args: z.record(z.string(), z.json()),
	block: whole,
	time: whole,
	tx: hex,
	logIndex: whole,
});

/** Sums over all accounts, by the same names; then what is nobody's account, and counts. */
export const totalsSchema = accountSchema
	.omit({ address: true, sinceBlock: true, sinceTime: true })
	.extend({ treasury: amount, pool: amount, orders: whole, ...jobRecord });

/** `/v1/status`: which market this is a mirror of, and how far it has read. */
export const statusSchema = z.object({
	chainId: whole,
	market: hex,
	asset: hex,
	block: whole,
	time: whole,
});

/** `/v1/market`. */
export const marketSchema = z.object({ totals: totalsSchema, parameters: z.record(z.string(), amount) });

/** `/v1/jobs/<orderId>/<n>`: the job, every result it got, and its timeline, oldest first. */
export const jobDetailSchema = z.object({
	job: jobSchema,
	results: z.array(resultSchema),
	events: z.array(eventSchema),
});

/** `/v1/orders/<id>`: the order and its jobs that were ever claimed, by number; at most 1,000 (`/v1/jobs` pages). */
export const orderDetailSchema = z.object({ order: orderSchema, jobs: z.array(jobSchema) });

/** A page of rows; pass `nextCursor` on for the next one, null at the end. */
export function pageSchema<T extends z.ZodType>(item: T) {
	return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** RFC 9457; every answer with a status of 400 or more. */
export const problemSchema = z.object({
	type: z.string(),
	title: z.string(),
	status: z.int(),
	detail: z.string().optional(),
	errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

export type AccountJson = z.input<typeof accountSchema>;
export type ProviderJson = z.input<typeof providerSchema>;
export type NodeJson = z.input<typeof nodeSchema>;
export type ClassJson = z.input<typeof classSchema>;
export type OrderJson = z.input<typeof orderSchema>;
export type OrderDetailJson = z.input<typeof orderDetailSchema>;
export type JobJson = z.input<typeof jobSchema>;
export type JobDetailJson = z.input<typeof jobDetailSchema>;
export type ResultJson = z.input<typeof resultSchema>;
export type PaymentJson = z.input<typeof paymentSchema>;
export type EventJson = z.input<typeof eventSchema>;
export type MarketJson = z.input<typeof marketSchema>;
export type StatusJson = z.input<typeof statusSchema>;
export type ProblemJson = z.input<typeof problemSchema>;
export type PageJson<T> = { items: T[]; nextCursor: string | null };

export type IndexedAccount = z.output<typeof accountSchema>;
export type IndexedProvider = z.output<typeof providerSchema>;
export type IndexedNode = z.output<typeof nodeSchema>;
export type IndexedClass = z.output<typeof classSchema>;
export type IndexedOrder = z.output<typeof orderSchema>;
export type IndexedOrderDetail = z.output<typeof orderDetailSchema>;
export type IndexedJob = z.output<typeof jobSchema>;
export type IndexedJobDetail = z.output<typeof jobDetailSchema>;
export type IndexedResult = z.output<typeof resultSchema>;
export type IndexedPayment = z.output<typeof paymentSchema>;
export type IndexedEvent = z.output<typeof eventSchema>;
export type IndexedMarket = z.output<typeof marketSchema>;
export type IndexerStatus = z.output<typeof statusSchema>;
export type Page<T> = { items: T[]; nextCursor: string | null };
