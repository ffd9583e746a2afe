import { eligibleAt, type Order, START_ALLOWANCE, SUBMIT_GRACE, unitPrice } from "depin";
import type { Needs } from "depin/jobs";
import { type Address, type Hex, isAddressEqual, zeroAddress } from "viem";
import { chooseTier, type Tier } from "../engine/tiers.ts";
import { type Capacity, fits } from "./capacity.ts";

/** A job is given up when less than this is left of the time in which it may be claimed; seconds. */
const CLAIM_MARGIN = 2;
/** Maximal run less the allowances the sdk adds: what the containers of a lot may take in all; seconds. */
const ALLOWANCES = START_ALLOWANCE + SUBMIT_GRACE;

export type IgnoreReason =
	| "other-class"
	| "node-not-active"
	| "node-too-young"
	| "for-another-node"
	| "no-longer-open"
	| "failed-before"
	| "verifier-unknown"
	| "arbiter-unknown"
	| "price-too-low"
	| "denied-by-policy"
	| "tier-not-offered"
	| "tier-rejected"
	| "egress-not-offered"
	| "too-big"
	| "stake-too-low";

export type Decision =
	| { kind: "claim" }
	/** Look again at `until` (unix seconds), or undefined: when something here changes (a job ends, stake is added). */
	| {
			kind: "wait";
			until: number | undefined;
			because: "not-eligible-yet" | "price-still-climbing" | "busy" | "disk-full" | "max-open";
	  }
	| { kind: "ignore"; because: IgnoreReason }
	/** Everything the terms say is fine; what the task needs is not known before its manifest was read. */
	| { kind: "read-manifest" };

export type JobOffer = {
	orderId: Hex;
	job: number;
	order: Order;
	/** Unix seconds. */
	postedAt: number;
	closed: boolean;
	/** Somebody runs it or ran it. */
	taken: boolean;
	/** This node gave it back before, or let it expire. */
	failedBefore: boolean;
};

/** What a task asks of the machine, from the spec. */
export type TaskNeeds = Needs & {
	tier: Tier /** The operator's policy refuses it. */;
	denied: boolean /** It asks for a network. */;
	connected: boolean;
};

export type NodeFacts = {
	node: Address;
	/** As registered. */
	class: number;
	active: boolean;
	activatedAt: number;
	open: number;
	maxOpen: number;
	/** Stake that is neither locked nor unbonding. */
	freeStake: bigint;
	classActive: number;
	classStep: number;
	/** Offered, and seen to hold. */
	tiers: readonly Tier[];
	/** The engine has them, but their limits were not seen to hold. */
	tiersRejected: readonly Tier[];
	/** Under which a job can have a network. */
	tiersConnected: readonly Tier[];
	/** Least of the class. */
	tierFloor: Tier;
	capacity: { total: Capacity; free: Capacity };
	/** What the disk could take now beside what running jobs were promised; `capacity` is what was lent out at the start. */
	diskRoomMiB: number;
	price: { min?: bigint | undefined; minPerSecond?: bigint | undefined };
};

/**
 * Whether to claim a job. A pure function: everything it weighs is an argument, `now` (chain time) too, and every answer
 * but `claim` says why or until when.
 */
export function decide(offer: JobOffer, task: TaskNeeds | undefined, facts: NodeFacts, now: number): Decision {
	const refusal = refuse(offer, task, facts, now);
	if (refusal) return { kind: "ignore", because: refusal };
	const { order, postedAt } = offer;
	const drawn = eligibleAt({
		orderId: offer.orderId,
		job: offer.job,
		node: facts.node,
		postedAt,
		active: facts.classActive,
		step: facts.classStep,
		terms: order,
	});
	if (drawn === undefined) return { kind: "ignore", because: "for-another-node" };
	const priced = acceptableAt(order, postedAt, facts.price);
	if (priced === undefined) return { kind: "ignore", because: "price-too-low" };
	if (Math.max(drawn, priced) >= postedAt + order.openFor - CLAIM_MARGIN) {
		return { kind: "ignore", because: priced > drawn ? "price-too-low" : "no-longer-open" };
	}
	if (!task) return { kind: "read-manifest" };
	if (now < drawn) return { kind: "wait", until: drawn, because: "not-eligible-yet" };
	if (now < priced) return { kind: "wait", until: priced, because: "price-still-climbing" };
	if (facts.open >= facts.maxOpen) return { kind: "wait", until: undefined, because: "max-open" };
	if (!fits(task, facts.capacity.free)) return { kind: "wait", until: undefined, because: "busy" };
	if (task.diskMiB > facts.diskRoomMiB) return { kind: "wait", until: undefined, because: "disk-full" };
	return { kind: "claim" };
}

/** What no waiting can change, in the order a provider would ask. */
function refuse(offer: JobOffer, task: TaskNeeds | undefined, facts: NodeFacts, now: number): IgnoreReason | undefined {
	const { order, postedAt } = offer;
	if (order.class !== facts.class) return "other-class";
	if (offer.closed || offer.taken || now >= postedAt + order.openFor - CLAIM_MARGIN) return "no-longer-open";
	if (offer.failedBefore) return "failed-before";
	if (!facts.active) return "node-not-active";
	if (facts.activatedAt >= postedAt) return "node-too-young";
	if (!isAddressEqual(order.verifier, zeroAddress)) return "verifier-unknown";
	if (!isAddressEqual(order.arbiter, zeroAddress)) return "arbiter-unknown";
	if (facts.freeStake < order.bond) return "stake-too-low";
	if (!task) return undefined;
	if (task.denied) return "denied-by-policy";
	const { tiers, tiersRejected, tierFloor } = facts;
	if (!chooseTier(task.tier, tierFloor, tiers))
		return chooseTier(task.tier, tierFloor, tiersRejected) ? "tier-rejected" : "tier-not-offered";
	if (task.connected && !chooseTier(task.tier, tierFloor, facts.tiersConnected)) return "egress-not-offered";
	if (!fits(task, facts.capacity.total)) return "too-big";
	return undefined;
}

/** First second at which the climbing price reaches the node's least; undefined when it never does. */
function acceptableAt(order: Order, postedAt: number, price: NodeFacts["price"]): number | undefined {
	const least = leastUnitPrice(order, price);
	if (order.maxPrice < least) return undefined;
	if (unitPrice(order, 0) >= least) return postedAt;
	const climb = order.maxPrice - order.startPrice;
	const delay = ((least - order.startPrice) * BigInt(order.rampFor) + climb - 1n) / climb; // rounded up
	return postedAt + Number(delay);
}

function leastUnitPrice(order: Order, { min = 0n, minPerSecond = 0n }: NodeFacts["price"]): bigint {
	if (order.metered) return minPerSecond;
	const perSecond = minPerSecond * BigInt(Math.max(0, order.maxRun - ALLOWANCES));
	return perSecond > min ? perSecond : min;
}
