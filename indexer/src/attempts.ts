// What a claim takes up on an order and on a node, and what the end of the attempt gives back.

import { job, node, order, provider } from "ponder:schema";
import type { JobState } from "depin";
import type { Address, Hex } from "viem";
import type { Db } from "./timeline.ts";

type Order = typeof order.$inferSelect;
type Job = typeof job.$inferSelect;
type Counts = Pick<Order, "unclaimed" | "reopened" | "running" | "sealed" | "submitted" | "paid" | "voided">;

// Ponder's rows are windows into its store: one read before a write shows what the write made of it. Copies of rows as
// wide as these would be a third of what an event costs, so a handler takes what it needs of a row before it writes it.

/** The order that an event names; nothing happens to an order before it is posted. */
export async function orderRow(db: Db, id: Hex): Promise<Order> {
	const row = await db.find(order, { id });
	if (!row) throw new Error(`order ${id} appears in an event but was never posted`);
	return row;
}

/** The job that an event names, after its first claim. */
export async function jobRow(db: Db, orderId: Hex, number: number): Promise<Job> {
	const row = await db.find(job, { orderId, number });
	if (!row) throw new Error(`job ${orderId}/${number} appears in an event but was never claimed`);
	return row;
}

const counter: Partial<Record<JobState, keyof Counts>> = {
	open: "unclaimed",
	running: "running",
	committed: "sealed",
	revealed: "sealed",
	"submitted-ok": "submitted",
	"submitted-fail": "submitted",
	paid: "paid",
	void: "voided",
};

/** An order's counts after one of its jobs moved. `from` is null for a job never claimed before. */
export function moved(counts: Counts, from: JobState | null, to: JobState): Counts & Pick<Order, "state"> {
	const { unclaimed, reopened, running, sealed, submitted, paid, voided } = counts;
	const next = { unclaimed, reopened, running, sealed, submitted, paid, voided };
	const leaves = counter[from ?? "open"];
	const enters = counter[to];
	if (leaves) next[leaves] -= 1;
	if (enters) next[enters] += 1;
	if (from === "open") next.reopened -= 1;
	if (to === "open") next.reopened += 1;
	return { ...next, state: orderState(next) };
}

/** What is still to happen to an order: jobs to claim, jobs to finish, nothing. */
export function orderState({ unclaimed, running, sealed, submitted }: Counts): Order["state"] {
	if (unclaimed > 0) return "open";
	return running + sealed + submitted > 0 ? "assigned" : "done";
}

export type AttemptEnd = {
	/** Stake unlocked. */
	bond: bigint;
	/** Stake lost, out of the bond. */
	slash?: bigint;
	/** What the owner got, fee taken off. */
	earned?: bigint;
	counts: "jobsOk" | "jobsFailed" | "jobsReopened" | "jobsExpired" | "jobsVoided";
};

/** Frees the node of a job and writes the outcome into its record and its owner's, whom it returns. */
export async function leaveNode(
	db: Db,
	address: Address,
	{ bond, slash = 0n, earned = 0n, counts }: AttemptEnd,
): Promise<Address> {
	const { owner } = await db.update(node, { address }).set((row) => ({
		stake: row.stake - slash,
		locked: row.status === "jailed" ? row.locked : row.locked - bond, // a jailed one has nothing locked
		open: row.open - 1,
		earned: row.earned + earned,
		slashed: row.slashed + slash,
		[counts]: row[counts] + 1,
	}));
	await db.update(provider, { address: owner }).set((row) => ({ [counts]: row[counts] + 1 }));
	return owner;
}
