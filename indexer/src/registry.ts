// Classes, nodes and their stake.

import { classOwner, classRecord, node, provider } from "ponder:schema";
import type { NodeStatus } from "depin";
import type { Address } from "viem";
import { pay } from "./ledger.ts";
import { record } from "./stats.ts";
import { type Db, type Moment, momentOf, on } from "./timeline.ts";

on("Market:ClassSet", async ({ event, context }) => {
	const { class: id, minStake, step, documentHash } = event.args;
	const { block: setBlock, tx: setTx } = momentOf(event);
	const set = { minStake, step, documentHash, setBlock, setTx };
	await context.db
		.insert(classRecord)
		.values({ id, active: 0, owners: 0, ...set })
		.onConflictDoUpdate(set);
});

on("Market:NodeRegistered", async ({ event, context }) => {
	const { db } = context;
	const { node: address, owner, stake, ...terms } = event.args;
	const { block, time, tx } = momentOf(event);
	await pay(context, event, [{ kind: "stake", from: owner, node: address, amount: stake }]);
	await db
		.insert(provider)
		.values({ address: owner, nodes: 1, active: 0, ...noJobs, sinceBlock: block, sinceTime: time })
		.onConflictDoUpdate((row) => ({ nodes: row.nodes + 1 }));
	await db.insert(node).values({
		...terms,
		...noJobs,
		address,
		owner,
		stake,
		status: "suspended",
		locked: 0n,
		unbonding: 0n,
		unbondAt: 0,
		open: 0,
		earned: 0n,
		slashed: 0n,
		registeredBlock: block,
		registeredTime: time,
		registeredTx: tx,
	});
	await setStatus(db, event, address, "active");
});

on("Market:StakeChanged", async ({ event, context }) => {
	const { node: address, stake, locked } = event.args;
	const { owner, stake: before } = await nodeRow(context.db, address);
	if (stake > before)
		await pay(context, event, [{ kind: "stake", from: owner, node: address, amount: stake - before }]);
	await context.db.update(node, { address }).set({ stake, locked });
});

on("Market:UnstakeRequested", async ({ event, context }) => {
	const { node: address, amount, unbondAt } = event.args;
	await context.db.update(node, { address }).set({ unbonding: amount, unbondAt });
});

on("Market:StakeWithdrawn", async ({ event, context }) => {
	const { node: address, owner, amount } = event.args;
	await pay(context, event, [{ kind: "unstake", to: owner, node: address, amount }]);
	await context.db.update(node, { address }).set((row) => ({ stake: row.stake - amount, unbonding: 0n, unbondAt: 0 }));
});

on("Market:MaxOpenSet", async ({ event, context }) => {
	const { node: address, maxOpen } = event.args;
	const { status, class: id, maxOpen: before } = await nodeRow(context.db, address);
	await context.db.update(node, { address }).set({ maxOpen });
	if (status === "active") await record(context.db, event, id, { seats: maxOpen - before });
});

on("Market:NodeSuspended", ({ event, context }) => setStatus(context.db, event, event.args.node, "suspended"));
on("Market:NodeRetired", ({ event, context }) => setStatus(context.db, event, event.args.node, "retired"));

on("Market:NodeActivated", async ({ event, context }) => {
	const { node: address, activatedAt } = event.args;
	await context.db.update(node, { address }).set({ activatedAt });
	await setStatus(context.db, event, address, "active");
});

/** Counts of jobs by how they ended, as nodes and providers carry them. */
const noJobs = { jobsOk: 0, jobsFailed: 0, jobsReopened: 0, jobsExpired: 0, jobsVoided: 0 };

/** The row of a node that an event names; the market names no node before it is registered. */
export async function nodeRow(db: Db, address: Address): Promise<typeof node.$inferSelect> {
	const row = await db.find(node, { address });
	if (!row) throw new Error(`node ${address} appears in an event but was never registered`);
	return row; // a window, see attempts.ts
}

/** Writes a node's status and keeps the counts of active nodes and of their owners in step. */
export async function setStatus(db: Db, event: Moment, address: Address, status: NodeStatus): Promise<void> {
	const { owner, class: id, status: before, maxOpen } = await nodeRow(db, address);
	await db.update(node, { address }).set({ status });
	const change = Number(status === "active") - Number(before === "active");
	if (change === 0) return;
	const { active } = await db
		.insert(classOwner)
		.values({ class: id, owner, active: change })
		.onConflictDoUpdate((row) => ({ active: row.active + change }));
	const came = active === 1 && change === 1;
	const left = active === 0;
	await db.update(provider, { address: owner }).set((row) => ({ active: row.active + change }));
	await db
		.update(classRecord, { id })
		.set((row) => ({ active: row.active + change, owners: row.owners + Number(came) - Number(left) }));
	await record(db, event, id, { nodes: change, seats: change * maxOpen });
}
