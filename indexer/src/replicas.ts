// Replicas of one lot: each sealed, opened once none can copy another any more, and decided together.

import { decision, job, order, seal } from "ponder:schema";
import { unpackResult } from "depin";
import { cidOfDigest, DAG_PB, RAW } from "depin/storage";
import { jobRow, moved, orderRow } from "./attempts.ts";
import { record } from "./stats.ts";
import { momentOf, on, sequenceOf } from "./timeline.ts";

on("Market:Committed", async ({ event, context }) => {
	const { id: orderId, job: number, node, ...sealed } = event.args;
	const { db } = context;
	const { tx: commitTx } = momentOf(event);
	const terms = await orderRow(db, orderId);
	const { state } = await jobRow(db, orderId, number);
	const lot = Math.floor(number / terms.replicas);
	await db.insert(seal).values({ ...sealed, orderId, number, lot, node, commitTx, sequence: sequenceOf(event) });
	const deadline = terms.postedAt + terms.openFor + terms.maxRun;
	await db.update(job, { orderId, number }).set({ state: "committed", deadline });
	await db.update(order, { id: orderId }).set(moved(terms, state, "committed"));
	await record(db, event, terms.class, { running: -1 });
});

on("Market:Revealed", async ({ event, context }) => {
	const { id: orderId, job: number, result: packed, salt } = event.args;
	const { db } = context;
	const { time: openedAt, tx: openTx } = momentOf(event);
	const opened = unpackResult(packed);
	const { class: index } = await orderRow(db, orderId);
	const { claimedAt } = await jobRow(db, orderId, number);
	await db.update(seal, { orderId, number }).set({
		...opened,
		salt,
		resultCid: cidOfDigest(DAG_PB, opened.outputsDigest).toString(),
		statementCid: cidOfDigest(RAW, opened.statementHash).toString(),
		openedAt,
		openTx,
	});
	await db.update(job, { orderId, number }).set({ state: "revealed" });
	await record(db, event, index, { started: 1, startSeconds: opened.startedAt - (claimedAt ?? 0) });
});

on("Market:Tallied", async ({ event, context }) => {
	const { id: orderId, lot, resultRoot, status, votes: counted } = event.args;
	const { time: decidedAt, tx } = momentOf(event);
	const votes = Number(counted);
	const found = votes > 0 ? { resultRoot, status } : { resultRoot: null, status: null };
	await context.db.insert(decision).values({ orderId, lot, votes, ...found, decidedAt, tx });
});
