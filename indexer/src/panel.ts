// The panel that judges: who was drawn, who voted what.

import { juror, panel } from "ponder:schema";
import { verdictName } from "depin";
import { momentOf, on, sequenceOf } from "./timeline.ts";

on("Panel:PanelOpened", async ({ event, context }) => {
	const { time: openedAt, tx: openTx } = momentOf(event);
	await context.db.insert(panel).values({ ...event.args, openedAt, committed: 0, revealed: 0, openTx });
});

on("Panel:JurorDrawn", async ({ event, context }) => {
	await context.db.insert(juror).values({ ...event.args, sequence: sequenceOf(event) });
});

on("Panel:PanelSeated", async ({ event, context }) => {
	const { dispute, round, jurors: seated, dataBy, commitBy } = event.args;
	const times = { dataBy, commitBy, revealFrom: commitBy + 1 };
	await context.db.update(panel, { dispute, round }).set({ seated: Number(seated), ...times });
});

on("Panel:VoteCommitted", async ({ event, context }) => {
	const { dispute, round, node, commitment } = event.args;
	const { time: committedAt } = momentOf(event);
	await context.db.update(juror, { dispute, round, node }).set({ commitment, committedAt });
	await context.db.update(panel, { dispute, round }).set((row) => {
		const committed = row.committed + 1;
		// The last one opens the reveal.
		return committed === row.seated ? { committed, revealFrom: committedAt } : { committed };
	});
});

on("Panel:VoteRevealed", async ({ event, context }) => {
	const { dispute, round, node, vote, digest } = event.args;
	const { time: revealedAt } = momentOf(event);
	await context.db.update(juror, { dispute, round, node }).set({ vote: verdictName(vote), digest, revealedAt });
	await context.db.update(panel, { dispute, round }).set((row) => ({ revealed: row.revealed + 1 }));
});

on("Panel:Concluded", async ({ event, context }) => {
	const { dispute, round, verdict } = event.args;
	await context.db.update(panel, { dispute, round }).set({ verdict: verdictName(verdict) });
});
