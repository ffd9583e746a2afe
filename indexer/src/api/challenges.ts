// Disputes: who said a result is wrong, who judged it, what each found, and where the money went.

import { db } from "ponder:api";
import { challenge, event, juror, panel, payment } from "ponder:schema";
import { type ChallengeDetailJson, type ChallengeJson, routes } from "depin/indexer";
import { Hono } from "hono";
import { asc, eq } from "ponder";
import { readAsked } from "../../http/asked.ts";
import { Refusal } from "../../http/refusal.ts";
import { happened, page } from "./pages.ts";
import { jsonOf } from "./rows.ts";

export const challengeRoutes = new Hono()
	.get("/challenges", (c) => {
		const { orderId, number, node, challenger, state, verdict, fromBlock, toBlock, ...paging } = readAsked(
			c,
			routes.challenges,
		);
		return page(c, challenge, {
			where: [
				orderId && eq(challenge.orderId, orderId),
				number === undefined ? undefined : eq(challenge.number, number),
				node && eq(challenge.node, node),
				challenger && eq(challenge.challenger, challenger),
				state && eq(challenge.state, state),
				verdict && eq(challenge.verdict, verdict),
				...happened(challenge.sequence, { fromBlock, toBlock }),
			],
			sortings: { challengedAt: ["sequence"] },
			paging,
			itemOf: (row): ChallengeJson => jsonOf(row),
		});
	})
	.get("/challenges/:id", async (c) => {
		const { id } = readAsked(c, routes.challenge);
		const [row] = await db.select().from(challenge).where(eq(challenge.id, id));
		if (!row) throw new Refusal(404, `no dispute ${id} was opened up to the block this mirror has read`);
		const panels = await db.select().from(panel).where(eq(panel.dispute, id)).orderBy(asc(panel.round));
		const jurors = await db.select().from(juror).where(eq(juror.dispute, id)).orderBy(asc(juror.sequence));
		const payments = await db.select().from(payment).where(eq(payment.dispute, id)).orderBy(asc(payment.id));
		const events = await db.select().from(event).where(eq(event.dispute, id)).orderBy(asc(event.id));
		return c.json<ChallengeDetailJson>({
			challenge: jsonOf(row),
			panels: panels.map((entry) => ({
				...jsonOf(entry),
				jurors: jurors.filter(({ round }) => round === entry.round).map(jsonOf),
			})),
			payments: payments.map(jsonOf),
			events: events.map(jsonOf),
		});
	});
