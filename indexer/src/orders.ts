// Orders from posting to closing, and their jobs' claims. How a job ends is in outcomes.ts.

import { job, node, order, revokedOrder } from "ponder:schema";
import { jobCount, jobEscrow, unitPrice, unpackTerms } from "depin";
import { cidOfDigest, RAW } from "depin/storage";
import { and, eq } from "ponder";
import { moved, orderRow, orderState } from "./attempts.ts";
import { pay } from "./ledger.ts";
import { record } from "./stats.ts";
import { momentOf, on, sequenceOf } from "./timeline.ts";

on("Market:Posted", async ({ event, context }) => {
	const { id, uri, terms: words } = event.args;
	const { block, time, tx } = momentOf(event);
	const terms = unpackTerms(words);
	const jobs = jobCount(terms);
	const escrow = jobEscrow(terms) * BigInt(jobs);
	await pay(context, event, [{ kind: "escrow", from: terms.consumer, orderId: id, amount: escrow }], { orders: 1 });
	await context.db.insert(order).values({
		...terms,
		id,
		uri,
		manifestCid: cidOfDigest(RAW, terms.manifest).toString(),
		jobs,
		jobEscrow: jobEscrow(terms),
		state: "open",
		closed: false,
		escrow,
		unclaimed: jobs,
		reopened: 0,
		running: 0,
		sealed: 0,
		submitted: 0,
		paid: 0,
		voided: 0,
		spent: 0n,
		fees: 0n,
		refunded: 0n,
		postedAt: time,
		postedBlock: block,
		postedTx: tx,
		sequence: sequenceOf(event),
	});
	await record(context.db, event, terms.class, { open: jobs, posted: jobs });
});

on("Market:Closed", async ({ event, context }) => {
	const { id, refund } = event.args;
	const { block, time, tx } = momentOf(event);
	const before = await context.db.find(order, { id });
	if (!before) {
		await context.db.insert(revokedOrder).values({ id, block, time, tx });
		return;
	}
	await pay(context, event, [{ kind: "refund", to: before.consumer, orderId: id, amount: refund }]);
	if (before.reopened > 0) {
		const open = and(eq(job.orderId, id), eq(job.state, "open"));
		await context.db.sql
			.update(job)
			.set({ state: "void", refund: before.jobEscrow, endedAt: time, endTx: tx })
			.where(open);
	}
	await record(context.db, event, before.class, { open: -before.unclaimed });
	await context.db.update(order, { id }).set({
		unclaimed: 0,
		reopened: 0,
		voided: before.voided + before.unclaimed,
		state: orderState({ ...before, unclaimed: 0 }),
		closed: true,
		closedAt: time,
		closedTx: tx,
		escrow: before.escrow - refund,
		refunded: before.refunded + refund,
	});
});

on("Market:Claimed", async ({ event, context }) => {
	const { id, job: number, node: address, claimDelay, deadline } = event.args;
	const { db } = context;
	const { time, tx } = momentOf(event);
	const terms = await orderRow(db, id);
	const { owner } = await db
		.update(node, { address })
		.set((row) => ({ open: row.open + 1, locked: row.locked + terms.bond }));
	const claim = {
		state: "running",
		provider: owner,
		node: address,
		stopped: false,
		challenges: 0,
		claimDelay,
		unitPrice: unitPrice(terms, claimDelay),
		claimedAt: time,
		deadline,
		claimTx: tx,
		submittedAt: null,
		digest: null,
		status: null,
		pay: null,
		submitTx: null,
	} as const;
	const { attempts } = await db
		.insert(job)
		.values({ orderId: id, number, consumer: terms.consumer, attempts: 1, sequence: sequenceOf(event), ...claim })
		.onConflictDoUpdate((row) => ({ ...claim, attempts: row.attempts + 1 }));
	await db.update(order, { id }).set(moved(terms, attempts > 1 ? "open" : null, "running"));
	const price = terms.metered ? { meteredClaims: 1, meteredPrice: claim.unitPrice } : { fixedPrice: claim.unitPrice };
	await record(db, event, terms.class, { open: -1, running: 1, claimed: 1, claimSeconds: claimDelay, ...price });
});

on("Market:Beat", async ({ event, context }) => {
	const { id: orderId, job: number, deadline } = event.args;
	await context.db.update(job, { orderId, number }).set({ deadline });
});

on("Market:Stopped", async ({ event, context }) => {
	const { id: orderId, job: number, deadline } = event.args;
	await context.db.update(job, { orderId, number }).set({ deadline, stopped: true });
});
