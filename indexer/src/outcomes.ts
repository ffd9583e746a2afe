// How an attempt at a job ends: a result, then payment; or handed back, lost by silence, void.

import { decision, job, order, result } from "ponder:schema";
import { resultStatus, unpackResult } from "depin";
import { cidOfDigest, DAG_PB, RAW } from "depin/storage";
import type { Hex } from "viem";
import { jobRow, leaveNode, moved, orderRow } from "./attempts.ts";
import { lapse, slashed } from "./disputes.ts";
import { addToTotal, type Payment, pay } from "./ledger.ts";
import { type Change, levelsOf, record } from "./stats.ts";
import { type Db, type Moment, momentOf, on, sequenceOf } from "./timeline.ts";

on("Market:Submitted", async ({ event, context }) => {
	const { id, job: number, node, digest, pay: amount, result: packed } = event.args;
	const { db } = context;
	const { block, time, tx } = momentOf(event);
	const { attempts: attempt, state: before, claimedAt } = await jobRow(db, id, number);
	const report = unpackResult(packed);
	const state = report.status === resultStatus.ok ? "submitted-ok" : "submitted-fail";
	await db.insert(result).values({
		...report,
		orderId: id,
		number,
		attempt,
		node,
		digest,
		resultCid: cidOfDigest(DAG_PB, report.outputsDigest).toString(),
		statementCid: cidOfDigest(RAW, report.statementHash).toString(),
		pay: amount,
		submittedAt: time,
		block,
		tx,
		sequence: sequenceOf(event),
	});
	const terms = await db.update(order, { id }).set((row) => moved(row, before, state));
	await db.update(job, { orderId: id, number }).set({
		state,
		status: report.status,
		digest,
		pay: amount,
		submittedAt: time,
		deadline: time + terms.challengeFor,
		submitTx: tx,
	});
	const waited = report.startedAt - (claimedAt ?? 0);
	const start = waited >= 0 ? { started: 1, startSeconds: waited } : {}; // a node that never started a container leaves it 0
	// A sealed replica stopped running with its commit, and told when it had started once it was opened.
	if (before === "running") await record(db, event, terms.class, { running: -1, ...start });
});

on("Market:Settled", async ({ event, context }) => {
	const { id, job: number, node, pay: gross, fee, refund } = event.args;
	const { db } = context;
	const terms = await orderRow(db, id);
	const before = await jobRow(db, id, number);
	const counts = before.status === resultStatus.ok && (await agreed(db, terms, number)) ? "jobsOk" : "jobsFailed";
	const owner = await leaveNode(db, node, { bond: terms.bond, earned: gross - fee, counts });
	const refs = { orderId: id, number, node };
	const payments: Payment[] = [
		{ kind: "pay", from: terms.consumer, to: owner, amount: gross - fee, ...refs },
		{ kind: "fee", from: terms.consumer, to: owner, amount: fee, ...refs },
		{ kind: "refund", to: terms.consumer, amount: refund, ...refs },
	];
	await pay(context, event, payments, { [counts]: 1 });
	await record(db, event, terms.class, { [counts]: 1, pay: gross });
	await db.update(order, { id }).set({
		...moved(terms, before.state, "paid"),
		escrow: terms.escrow - terms.jobEscrow,
		spent: terms.spent + gross,
		fees: terms.fees + fee,
		refunded: terms.refunded + refund,
	});
	await lapse(db, before);
	await db.update(job, { orderId: id, number }).set({ state: "paid", pay: gross, fee, refund, ...endOf(event) });
});

on("Market:Reopened", async ({ event, context }) => {
	const { id, job: number, node } = event.args;
	const { bond } = await orderRow(context.db, id);
	await leaveNode(context.db, node, { bond, counts: "jobsReopened" });
	await addToTotal(context.db, { jobsReopened: 1 });
	await reopen(context.db, event, id, number, { jobsReopened: 1 });
});

on("Market:Voided", async ({ event, context }) => {
	const { id, job: number, node, refund } = event.args;
	const terms = await orderRow(context.db, id);
	const { status } = await jobRow(context.db, id, number);
	const handedBack = status === resultStatus.badSpec || status === resultStatus.inputUnavailable;
	const counts = handedBack ? "jobsReopened" : "jobsVoided";
	const payment: Payment = { kind: "refund", to: terms.consumer, orderId: id, number, node, amount: refund };
	await pay(context, event, [payment], { [counts]: 1 });
	await leaveNode(context.db, node, { bond: terms.bond, counts });
	await end(context.db, event, id, number, { refund, ended: { [counts]: 1 } });
});

on("Market:Expired", async ({ event, context }) => {
	const { id, job: number, node, slash, bounty, keeper, reopened } = event.args;
	const { db } = context;
	const terms = await orderRow(db, id);
	const refund = reopened ? 0n : terms.jobEscrow;
	const refs = { orderId: id, number, node };
	const owner = await leaveNode(db, node, { bond: terms.bond, slash, counts: "jobsExpired" });
	const ended = { jobsExpired: 1 };
	const payments: Payment[] = [
		{ kind: "slash", from: owner, amount: slash - bounty, ...refs },
		{ kind: "bounty", from: owner, to: keeper, amount: bounty, ...refs },
		{ kind: "refund", to: terms.consumer, amount: refund, ...refs },
	];
	await pay(context, event, payments, ended);
	await slashed(db, event, { ...refs, owner, reason: "silence", amount: slash });
	if (reopened) await reopen(db, event, id, number, ended);
	else await end(db, event, id, number, { refund, ended });
});

/** Puts a job back on offer; the node that had it may not claim it again. */
async function reopen(db: Db, event: Moment, orderId: Hex, number: number, ended: Change): Promise<void> {
	const { state, node: lastFailedBy } = await jobRow(db, orderId, number);
	const terms = await orderRow(db, orderId);
	const counts = moved(terms, state, "open");
	const levels = levelsOf(terms, counts);
	await db.update(job, { orderId, number }).set({
		state: "open",
		lastFailedBy,
		node: null,
		provider: null,
		deadline: null,
		claimedAt: null,
		claimDelay: null,
		unitPrice: null,
		stopped: false,
	});
	await db.update(order, { id: orderId }).set(counts);
	await record(db, event, terms.class, { ...levels, ...ended });
}

/** Ends a job unpaid; its escrow went back to the consumer. */
async function end(
	db: Db,
	event: Moment,
	orderId: Hex,
	number: number,
	{ refund, ended }: { refund: bigint; ended: Change },
): Promise<void> {
	const before = await jobRow(db, orderId, number);
	const terms = await orderRow(db, orderId);
	const counts = moved(terms, before.state, "void");
	const levels = levelsOf(terms, counts);
	await lapse(db, before);
	await db.update(job, { orderId, number }).set({ state: "void", refund, ...endOf(event) });
	await db.update(order, { id: orderId }).set({
		...counts,
		escrow: terms.escrow - refund,
		refunded: terms.refunded + refund,
	});
	await record(db, event, terms.class, { ...levels, ...ended });
}

/** Without a quorum each replica is paid a failure's share, whatever it reported. */
async function agreed(db: Db, { id: orderId, replicas }: typeof order.$inferSelect, number: number): Promise<boolean> {
	if (replicas === 1) return true;
	const decided = await db.find(decision, { orderId, lot: Math.floor(number / replicas) });
	return decided !== null && decided.votes > 0;
}

function endOf(event: Moment) {
	const { time, tx } = momentOf(event);
	return { endedAt: time, endTx: tx };
}
