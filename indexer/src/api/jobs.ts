// Jobs that were claimed, and what came of them.

import { db } from "ponder:api";
import { challenge, decision, event, job, result, seal } from "ponder:schema";
import { type JobDetailJson, type JobJson, type ResultJson, routes } from "depin/indexer";
import { Hono } from "hono";
import { and, asc, eq } from "ponder";
import { readAsked } from "../../http/asked.ts";
import { Refusal } from "../../http/refusal.ts";
import { jobsOf, orderOf } from "./orders.ts";
import { happened, page } from "./pages.ts";
import { jsonOf } from "./rows.ts";

/** Most events a job shows with itself: one that runs for days beats more often. */
const MAX_EVENTS_SHOWN = 1_000;

export const jobRoutes = new Hono()
	.get("/jobs", (c) => {
		const { orderId, consumer, provider, node, state, fromBlock, toBlock, ...paging } = readAsked(c, routes.jobs);
		return page(c, job, {
			where: [
				orderId && eq(job.orderId, orderId),
				consumer && eq(job.consumer, consumer),
				provider && eq(job.provider, provider),
				node && eq(job.node, node),
				state && eq(job.state, state),
				...happened(job.sequence, { fromBlock, toBlock }),
			],
			sortings: { firstClaimedAt: ["sequence"] },
			paging,
			itemOf: (row): JobJson => jsonOf(row),
		});
	})
	.get("/jobs/:id/:n", async (c) => {
		const { id, n } = readAsked(c, routes.job);
		const terms = await orderOf(id);
		if (n >= terms.jobs) throw new Refusal(404, `order ${id} has jobs 0 to ${terms.jobs - 1}`);
		const results = await db
			.select()
			.from(result)
			.where(and(eq(result.orderId, id), eq(result.number, n)))
			.orderBy(asc(result.attempt));
		const [sealed] = await db
			.select()
			.from(seal)
			.where(and(eq(seal.orderId, id), eq(seal.number, n)));
		const [decided] = await db
			.select()
			.from(decision)
			.where(and(eq(decision.orderId, id), eq(decision.lot, Math.floor(n / terms.replicas))));
		const challenges = await db
			.select()
			.from(challenge)
			.where(and(eq(challenge.orderId, id), eq(challenge.number, n)))
			.orderBy(asc(challenge.sequence));
		const events = await db
			.select()
			.from(event)
			.where(and(eq(event.orderId, id), eq(event.number, n)))
			.orderBy(asc(event.id))
			.limit(MAX_EVENTS_SHOWN);
		const [row] = await jobsOf(terms, n, n + 1);
		return c.json<JobDetailJson>({
			job: row as JobJson,
			seal: sealed ? jsonOf(sealed) : null,
			decision: decided ? jsonOf(decided) : null,
			results: results.map(jsonOf),
			challenges: challenges.map(jsonOf),
			events: events.map(jsonOf),
		});
	})
	.get("/results", (c) => {
		const { orderId, node, fromBlock, toBlock, ...paging } = readAsked(c, routes.results);
		return page(c, result, {
			where: [
				orderId && eq(result.orderId, orderId),
				node && eq(result.node, node),
				...happened(result.sequence, { fromBlock, toBlock }),
			],
			sortings: { submittedAt: ["sequence"] },
			paging,
			itemOf: (row): ResultJson => jsonOf(row),
		});
	});
