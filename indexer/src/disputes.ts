// Disputes about results, from challenge to verdict, and what a verdict does to stakes and bonds. What jurors did is in
// panel.ts.

import { arbiter, challenge, job, node, slashing } from "ponder:schema";
import { verdictName } from "depin";
import { and, eq } from "ponder";
import type { Address, Hex } from "viem";
import { jobRow, orderRow } from "./attempts.ts";
import { type Payment, pay } from "./ledger.ts";
import { nodeRow, setStatus } from "./registry.ts";
import { type Db, type Moment, momentOf, on, sequenceOf } from "./timeline.ts";

type Job = typeof job.$inferSelect;
type Challenge = typeof challenge.$inferSelect;

on("Market:ArbiterEnabled", async ({ event, context }) => {
	const { block, time, tx } = momentOf(event);
	await context.db.insert(arbiter).values({ address: event.args.arbiter, block, time, tx }).onConflictDoNothing();
});

on("Market:Challenged", async ({ event, context }) => {
	const { id: orderId, job: number, dispute, challenger, index: task, ...claim } = event.args;
	const { db } = context;
	const { block, time: challengedAt, tx } = momentOf(event);
	const before = await jobRow(db, orderId, number);
	const judged = nodeOf(before);
	await db.insert(challenge).values({
		...claim,
		id: dispute,
		orderId,
		number,
		node: judged,
		challenger,
		task,
		state: "open",
		challengedAt,
		block,
		tx,
		sequence: sequenceOf(event),
	});
	await pay(context, event, [
		{ kind: "bond", from: challenger, amount: claim.bond, orderId, number, node: judged, dispute },
	]);
	await db.update(job, { orderId, number }).set({ challenges: before.challenges + 1, deadline: claim.deadline });
});

on("Market:Appealed", async ({ event, context }) => {
	const { dispute, appellant, bond: appealBond } = event.args;
	const { time: appealedAt } = momentOf(event);
	const entry = await challengeRow(context.db, dispute);
	await pay(context, event, [{ kind: "bond", from: appellant, amount: appealBond, ...refsOf(entry) }]);
	await context.db.update(challenge, { id: dispute }).set({ appellant, appealBond, appealedAt });
});

on("Market:JurorPaid", async ({ event, context }) => {
	const { node: juror, dispute, fee } = event.args;
	const { owner } = await nodeRow(context.db, juror);
	const entry = await challengeRow(context.db, dispute);
	await pay(context, event, [{ kind: "juror", to: owner, amount: fee, ...refsOf(entry), node: juror }]);
});

on("Market:NodeSlashed", async ({ event, context }) => {
	const { node: address, dispute, amount, unbonding } = event.args;
	const { owner } = await nodeRow(context.db, address);
	const entry = await challengeRow(context.db, dispute);
	const refs = { ...refsOf(entry), node: address };
	const judged = address === entry.node;
	await pay(context, event, [{ kind: judged ? "seizure" : "slash", from: owner, amount, ...refs }]);
	await context.db
		.update(node, { address })
		.set((row) => ({ stake: row.stake - amount, unbonding, slashed: row.slashed + amount }));
	await slashed(context.db, event, { ...refs, owner, reason: judged ? "withheld" : "jury", amount });
});

/** The stake's way is told by the verdict that stands after it, which says of which dispute. */
on("Market:NodeJailed", async ({ event, context }) => {
	const { node: address, slashed: amount } = event.args;
	const { time: jailedAt } = momentOf(event);
	await context.db
		.update(node, { address })
		.set((row) => ({ stake: 0n, locked: 0n, unbonding: 0n, slashed: row.slashed + amount, jailedAt }));
	await setStatus(context.db, event, address, "jailed");
});

on("Market:Resolved", async ({ event, context }) => {
	const { id: orderId, job: number, dispute, verdict: code, settleableFrom, split } = event.args;
	const { db } = context;
	const verdict = verdictName(code);
	const entry = await challengeRow(db, dispute);
	const { consumer } = await orderRow(db, orderId);
	const { owner } = await nodeRow(db, entry.node);
	const parts = partsOf(entry, split, { owner, consumer, jailed: verdict === "invalid" });
	const refs = refsOf(entry);
	await pay(
		context,
		event,
		parts.map((part) => ({ ...part, ...refs })),
	);
	if (verdict === "invalid") await slashed(db, event, { ...refs, owner, reason: "fraud", amount: split.slashed });
	if (verdict === "valid" || verdict === "inconclusive") {
		const { challenges } = await jobRow(db, orderId, number);
		await db.update(job, { orderId, number }).set({ challenges: challenges - 1, deadline: settleableFrom });
	}
	await db.update(challenge, { id: dispute }).set({ ...split, state: "resolved", verdict, ...endOf(event) });
});

on("Market:Reclaimed", async ({ event, context }) => {
	const { dispute, challenger, bond, appellant, appealBond } = event.args;
	const refs = refsOf(await challengeRow(context.db, dispute));
	await pay(context, event, [
		{ kind: "release", to: challenger, amount: bond, ...refs },
		{ kind: "release", to: appellant, amount: appealBond, ...refs },
	]);
	await context.db.update(challenge, { id: dispute }).set({ state: "reclaimed", ...endOf(event) });
});

type Split = { toConsumer: bigint; toChallenger: bigint; toAppellant: bigint; toOwner: bigint; toPool: bigint };

/** The verdict's money but the jurors', who were paid before: bonds back or lost, then what they and the stake paid for. */
function partsOf(
	{ challenger, bond, appellant, appealBond }: Challenge,
	split: Split & { slashed: bigint },
	{ owner, consumer, jailed }: { owner: Address; consumer: Address; jailed: boolean },
): Payment[] {
	const back = split.toChallenger < bond ? split.toChallenger : bond;
	const appeal = appellant && { back: split.toAppellant, lost: (appealBond ?? 0n) - split.toAppellant };
	return [
		...(jailed ? [{ kind: "seizure", from: owner, amount: split.slashed } as const] : []),
		{ kind: "release", to: challenger, amount: back },
		{ kind: "forfeit", from: challenger, amount: bond - back },
		...(appeal ? [{ kind: "release", to: appellant, amount: appeal.back } as const] : []),
		...(appeal ? [{ kind: "forfeit", from: appellant, amount: appeal.lost } as const] : []),
		{ kind: "reward", to: challenger, amount: split.toChallenger - back },
		{ kind: "compensation", to: consumer, amount: split.toConsumer },
		{ kind: "compensation", to: owner, amount: split.toOwner },
		{ kind: "remainder", amount: split.toPool },
	];
}

/** Disputes of a job that ended without their verdict: all that is left to them is to take their bonds back. */
export async function lapse(db: Db, { orderId, number, challenges }: Job): Promise<void> {
	if (challenges === 0) return;
	await db.sql
		.update(challenge)
		.set({ state: "lapsed" })
		.where(and(eq(challenge.orderId, orderId), eq(challenge.number, number), eq(challenge.state, "open")));
	await db.update(job, { orderId, number }).set({ challenges: 0 });
}

type Slash = Pick<
	typeof slashing.$inferInsert,
	"node" | "owner" | "reason" | "amount" | "orderId" | "number" | "dispute"
>;

/** Stake lost, unless there was none. */
export async function slashed(db: Db, event: Moment, slash: Slash): Promise<void> {
	const { block, time, tx } = momentOf(event);
	if (slash.amount > 0n) await db.insert(slashing).values({ ...slash, id: sequenceOf(event), block, time, tx });
}

async function challengeRow(db: Db, id: Hex): Promise<Challenge> {
	const row = await db.find(challenge, { id });
	if (!row) throw new Error(`dispute ${id} appears in an event but was never opened`);
	return row; // a window, see attempts.ts
}

function nodeOf({ orderId, number, node }: Job): Address {
	if (!node) throw new Error(`job ${orderId}/${number} is challenged but nobody ran it`);
	return node;
}

function refsOf({ id: dispute, orderId, number, node }: Challenge) {
	return { orderId, number, node, dispute };
}

function endOf(event: Moment) {
	const { time: endedAt, tx: endTx } = momentOf(event);
	return { endedAt, endTx };
}
