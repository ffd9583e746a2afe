import type { Receipt, Terms } from "depin";
import type { Address, Hex } from "viem";
import { dueLots, type Opening } from "./lots.ts";
import type { PanelFacts } from "./panels.ts";
import { type KeeperDispute, type KeeperJob, type KeeperOrder, type KeeperState, unclaimedJobs } from "./state.ts";

/** A call that anybody may make and that moves an order, or fees, on. */
export type KeeperCall =
	| { kind: "settle"; id: Hex; terms: Terms; receipts: Receipt[] }
	| { kind: "expire"; id: Hex; terms: Terms; jobs: number[] }
	| { kind: "voidJob"; id: Hex; terms: Terms; receipt: Receipt }
	| { kind: "close"; id: Hex; terms: Terms }
	| { kind: "tally"; id: Hex; terms: Terms; lot: number; openings: Opening[] }
	| { kind: "draw"; id: Hex; dispute: Hex; arbiter: Address; beaconRound: bigint }
	| { kind: "conclude" | "reclaim"; id: Hex; dispute: Hex; arbiter: Address; terms: Terms; receipt: Receipt }
	| { kind: "sweep"; account: Address };

export type Decision = {
	state: KeeperState;
	/** Unix seconds of chain time. */
	now: number;
	/** Nodes known to be jailed. */
	jailed: ReadonlySet<Address>;
	/** Fees that stand beside owners' balances, base units, as last read. */
	fees: ReadonlyMap<Address, bigint>;
	sweepFrom: bigint;
	/** Seconds of the Market's configuration: how long openings are waited for. */
	challengeFloor: number;
	/** Panels of the open disputes, as last read. */
	panels: ReadonlyMap<Hex, PanelFacts>;
	/** Jobs in one call, so that it fits a block. */
	batch?: number;
};

/** What is due now. Pure: the same state and time give the same calls, in the order posted. */
export function decide(decision: Decision): KeeperCall[] {
	const { state, fees, sweepFrom } = decision;
	const calls = [...state.orders].flatMap(([id, entry]) => dueOf(id, entry, decision));
	for (const [dispute, entry] of state.disputes) calls.push(...dueOfDispute(dispute, entry, decision));
	for (const [account, owed] of fees) if (owed >= sweepFrom && owed > 0n) calls.push({ kind: "sweep", account });
	return calls;
}

function dueOfDispute(dispute: Hex, entry: KeeperDispute, { panels, now }: Decision): KeeperCall[] {
	const { jobEnded, ...about } = entry;
	if (jobEnded) return [{ kind: "reclaim", dispute, ...about }];
	const panel = panels.get(dispute);
	if (!panel || panel.concluded) return [];
	const { seated, drawable, beaconRound } = panel;
	if (!seated) return drawable ? [{ kind: "draw", id: entry.id, dispute, arbiter: entry.arbiter, beaconRound }] : [];
	const due = panel.concludableAt !== undefined && now >= panel.concludableAt;
	return due ? [{ kind: "conclude", dispute, ...about }] : [];
}

function dueOf(id: Hex, entry: KeeperOrder, { now, jailed, challengeFloor, batch = 50 }: Decision): KeeperCall[] {
	const { terms } = entry;
	const jobs = [...entry.jobs].sort(([a], [b]) => a - b);
	const submitted = jobs.flatMap(([, job]) => (job.state === "submitted" ? [job] : []));
	const settled = submitted.filter(({ receipt, settleFrom }) => now >= settleFrom && !jailed.has(receipt.node));
	const voided = submitted.filter(({ receipt }) => jailed.has(receipt.node));
	const expired = jobs.filter(([, job]) => isOverdue(job, now, jailed)).map(([index]) => index);
	const calls: KeeperCall[] = [
		...inBatches(settled, batch).map((some) => {
			return { kind: "settle" as const, id, terms, receipts: some.map(({ receipt }) => receipt) };
		}),
		...voided.map(({ receipt }) => ({ kind: "voidJob" as const, id, terms, receipt })),
		...inBatches(expired, batch).map((some) => ({ kind: "expire" as const, id, terms, jobs: some })),
		...dueLots(entry, now, challengeFloor).map((due) => ({ kind: "tally" as const, id, terms, ...due })),
	];
	const overTime = !entry.closed && unclaimedJobs(entry) > 0 && now > entry.postedAt + entry.order.openFor;
	return overTime ? [...calls, { kind: "close", id, terms }] : calls;
}

function isOverdue(job: KeeperJob, now: number, jailed: ReadonlySet<Address>): boolean {
	return job.state === "running" && (now > job.deadline || jailed.has(job.node));
}

function inBatches<T>(items: readonly T[], size: number): T[][] {
	return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size));
}
