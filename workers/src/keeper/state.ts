import {
	type Order,
	type PackedResult,
	type Receipt,
	resultStatus,
	type Seal,
	type Terms,
	unpackResult,
	unpackTerms,
} from "depin";
import type { Address, Hex } from "viem";
import type { MarketEvent } from "../runtime/watchMarket.ts";

/** A job that somebody claimed; jobs that are open stand nowhere. Times in unix seconds. */
export type KeeperJob =
	| { state: "running"; node: Address; deadline: number }
	/** A replica; `opening` once its node opened it. */
	| { state: "sealed"; seal: Seal; opening?: { result: PackedResult; salt: Hex } }
	| { state: "submitted"; receipt: Receipt; settleFrom: number }
	| { state: "ended" };

export type KeeperOrder = {
	terms: Terms;
	order: Order;
	postedAt: number;
	closed: boolean;
	jobs: Map<number, KeeperJob>;
};

/** An open dispute, with what a call about it needs. It may outlive its job, and then its bonds wait. */
export type KeeperDispute = { id: Hex; terms: Terms; receipt: Receipt; arbiter: Address; jobEnded: boolean };

/** Everything unfinished, as the Market's events tell it. */
export type KeeperState = {
	orders: Map<Hex, KeeperOrder>;
	disputes: Map<Hex, KeeperDispute>;
	owners: Set<Address>;
};

export function emptyState(): KeeperState {
	return { orders: new Map(), disputes: new Map(), owners: new Set() };
}

/**
 * Takes one event into the state, in chain order. An event of an order that is not known (finished and forgotten) is
 * passed over.
 * @param time unix seconds of its block
 * @returns true when the event finished its order, which is forgotten then
 */
export function applyEvent(state: KeeperState, event: MarketEvent, time: number): boolean {
	if (event.eventName === "NodeRegistered") state.owners.add(event.args.owner);
	if (event.eventName === "Posted") {
		const { id, terms } = event.args;
		state.orders.set(id, { terms, order: unpackTerms(terms), postedAt: time, closed: false, jobs: new Map() });
	}
	if (event.eventName === "Resolved" || event.eventName === "Reclaimed") state.disputes.delete(event.args.dispute);
	if (!("id" in event.args)) return false;
	const entry = state.orders.get(event.args.id);
	if (!entry) return false;
	if (event.eventName === "Challenged") applyChallenged(state, entry, event.args);
	if (event.eventName === "Settled" || event.eventName === "Voided") endDisputes(state, event.args);
	applyToOrder(entry, event, time);
	if (!isFinished(entry)) return false;
	state.orders.delete(event.args.id);
	return true;
}

function applyToOrder(entry: KeeperOrder, event: MarketEvent, time: number): void {
	const { jobs } = entry;
	switch (event.eventName) {
		case "Closed":
			entry.closed = true;
			return;
		case "Claimed":
			jobs.set(event.args.job, { state: "running", node: event.args.node, deadline: event.args.deadline });
			return;
		case "Beat":
		case "Stopped": {
			const job = jobs.get(event.args.job);
			if (job?.state === "running") job.deadline = event.args.deadline;
			return;
		}
		case "Committed": {
			const { id: _, ...seal } = event.args;
			jobs.set(seal.job, { state: "sealed", seal });
			return;
		}
		case "Revealed": {
			const job = jobs.get(event.args.job);
			const { result, salt } = event.args;
			if (job?.state === "sealed") job.opening = { result, salt };
			return;
		}
		case "Resolved": {
			const job = jobs.get(event.args.job);
			if (job?.state === "submitted") job.settleFrom = event.args.settleableFrom;
			return;
		}
		case "Submitted":
			applySubmitted(entry, event.args, time);
			return;
		case "Reopened":
			jobs.delete(event.args.job);
			return;
		case "Expired":
			if (event.args.reopened) jobs.delete(event.args.job);
			else jobs.set(event.args.job, { state: "ended" });
			return;
		case "Settled":
		case "Voided":
			jobs.set(event.args.job, { state: "ended" });
	}
}

type Challenged = Extract<MarketEvent, { eventName: "Challenged" }>["args"];

/** Until its arbiter speaks, or is silent for too long, the job is paid to nobody. */
function applyChallenged({ disputes }: KeeperState, { terms, jobs }: KeeperOrder, challenged: Challenged): void {
	const { id, dispute, arbiter, deadline } = challenged;
	const job = jobs.get(challenged.job);
	if (job?.state !== "submitted") return;
	job.settleFrom = deadline;
	disputes.set(dispute, { id, terms, receipt: job.receipt, arbiter, jobEnded: false });
}

function endDisputes({ disputes }: KeeperState, { id, job }: { id: Hex; job: number }): void {
	for (const dispute of disputes.values())
		if (dispute.id === id && dispute.receipt.job === job) dispute.jobEnded = true;
}

type Submitted = Extract<MarketEvent, { eventName: "Submitted" }>["args"];

function applySubmitted(
	{ order, jobs }: KeeperOrder,
	{ job, node, pay, digest, result }: Submitted,
	time: number,
): void {
	// A result that pays nothing ends in the same transaction with Reopened or Voided.
	if (unpackResult(result).status > resultStatus.stopped) return;
	const receipt = { job, node, pay, submittedAt: time, digest };
	jobs.set(job, { state: "submitted", receipt, settleFrom: time + order.challengeFor });
}

function isFinished(entry: KeeperOrder): boolean {
	const everyKnownEnded = [...entry.jobs.values()].every(({ state }) => state === "ended");
	return everyKnownEnded && (entry.closed || unclaimedJobs(entry) === 0);
}

/** Jobs that nobody has claimed; once the order is closed they are void. */
export function unclaimedJobs({ order, jobs }: KeeperOrder): number {
	return order.lots * order.replicas - jobs.size;
}
