import { type Address, bytesToBigInt, type Hex, zeroAddress } from "viem";
import { maxRunOf } from "./clocks.ts";
import { jobEscrow } from "./pricing.ts";
import type { Order } from "./terms.ts";

/** What a consumer decides of an order; everything else follows. Amounts in base units, spans in seconds. */
export type OrderChoices = {
	class: number;
	/** Per job, or per second when metered. */
	maxPrice: bigint;
	/** Default: `maxPrice`, a fixed price. */
	startPrice?: bigint | undefined;
	/** Seconds of the climb from start to max; default 0. */
	rampFor?: number | undefined;
	metered?: boolean | undefined;
	/** Default: the least the Market asks. */
	bond?: bigint | undefined;
	/** Default: half. */
	failBps?: number | undefined;
	/** Default: 6 hours, long enough to outlast an L2's sequencer. */
	challengeFor?: number | undefined;
	/** Default: twice `maxRun`. */
	openFor?: number | undefined;
	/** Default: 5 minutes for runs above 30 minutes, else none. */
	beatEvery?: number | undefined;
	/** Default: open to the class. */
	node?: Address | undefined;
	/** Nodes of different owners that run each lot; default 1. */
	replicas?: number | undefined;
	/** How many of them must agree; default: more than half. */
	quorum?: number | undefined;
};

export type DraftOrderParameters = {
	consumer: Address;
	choices: OrderChoices;
	/** What is to be run. */
	work: { taskRoot: Hex; manifest: Hex; lots: number; tasksPerLot: number; timeout: number };
	/** The Market's parameters now. */
	params: { feeBps: number; minBondBps: number };
	/** The chain's time, unix seconds. */
	now: number;
	/** Default: random. */
	salt?: bigint;
};

const FAIL_BPS = 5_000;
const CHALLENGE_SECONDS = 6 * 3_600;
/** Long enough to read a wallet's prompt; short, because a posted id is kept on chain until then. */
const POST_WITHIN = 300;
const BEAT_SECONDS = 300;
/** Below this a node that vanishes is noticed soon enough by the deadline itself. */
const BEAT_ABOVE = 1_800;

/** The complete terms of an order from a consumer's choices. */
export function draftOrder(parameters: DraftOrderParameters): Order {
	const { consumer, choices, work, params, now, salt = randomSalt() } = parameters;
	const { class: index, maxPrice, startPrice = maxPrice, rampFor = 0, metered = false } = choices;
	const maxRun = maxRunOf(work.timeout, work.tasksPerLot);
	const { replicas = 1, quorum = Math.floor(replicas / 2) + 1 } = choices;
	const least = divideUp(jobEscrow({ metered, maxPrice, maxRun }) * BigInt(params.minBondBps), 10_000n);
	return {
		consumer,
		salt,
		node: choices.node ?? zeroAddress,
		lots: work.lots,
		tasksPerLot: work.tasksPerLot,
		replicas,
		quorum,
		metered,
		arbiter: zeroAddress,
		challengeFor: choices.challengeFor ?? CHALLENGE_SECONDS,
		maxRun,
		postBy: now + POST_WITHIN,
		verifier: zeroAddress,
		openFor: choices.openFor ?? 2 * maxRun,
		rampFor,
		beatEvery: choices.beatEvery ?? (maxRun > BEAT_ABOVE ? BEAT_SECONDS : 0),
		taskRoot: work.taskRoot,
		startPrice,
		maxPrice,
		failBps: choices.failBps ?? FAIL_BPS,
		class: index,
		bond: choices.bond ?? least,
		feeBps: params.feeBps,
		manifest: work.manifest,
	};
}

function randomSalt(): bigint {
	return bytesToBigInt(crypto.getRandomValues(new Uint8Array(12)));
}

function divideUp(value: bigint, by: bigint): bigint {
	return (value + by - 1n) / by;
}
