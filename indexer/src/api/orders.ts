// Orders, jobs, results and their timelines.

import { db } from "ponder:api";
import { event, job, order, result } from "ponder:schema";
import { jobStates } from "depin";
import {
	type EventJson,
	type JobDetailJson,
	type JobJson,
	type OrderDetailJson,
	type OrderJson,
	orderStates,
	type PageJson,
	type ResultJson,
} from "depin/indexer";
import { Hono } from "hono";
import { and, asc, desc, eq, gt, gte, lt } from "ponder";
import type { Hex } from "viem";
import { Problem } from "./problem.ts";
import { address, count, jsonOf, keys, oneOf, orderId, pageOf, readNothing, readPage, readPath } from "./query.ts";

/** Most jobs an order shows with itself; the rest come by pages. */
const MAX_JOBS_SHOWN = 1_000;
const number = count(0, 2 ** 32 - 1);

export const orderRoutes = new Hono()
	.get("/orders", async (c) => {
		const { filter, after, limit } = readPage(c, keys.sequence, {
			consumer: address,
			class: count(0, 65_535),
			state: oneOf(orderStates),
		});
		const rows = await db
			.select()
			.from(order)
			.where(
				and(
					filter.consumer && eq(order.consumer, filter.consumer),
					filter.class === undefined ? undefined : eq(order.class, filter.class),
					filter.state && eq(order.state, filter.state),
					after === undefined ? undefined : lt(order.sequence, after),
				),
			)
			.orderBy(desc(order.sequence))
			.limit(limit + 1);
		return c.json<PageJson<OrderJson>>(pageOf(rows, limit, (row) => row.sequence, jsonOf));
	})
	.get("/orders/:id", async (c) => {
		readNothing(c);
		const row = await orderOf(readPath(c, { id: orderId }).id);
		const jobs = await db
			.select()
			.from(job)
			.where(eq(job.orderId, row.id))
			.orderBy(asc(job.number))
			.limit(MAX_JOBS_SHOWN);
		return c.json<OrderDetailJson>({ order: jsonOf(row), jobs: jobs.map(jsonOf) });
	})
	.get("/orders/:id/jobs", async (c) => {
		const row = await orderOf(readPath(c, { id: orderId }).id);
		const { after, limit } = readPage(c, keys.number, {});
		const from = after === undefined ? 0 : Number(after) + 1;
		const to = Math.min(from + limit, row.jobs);
		const claimed = await db
			.select()
			.from(job)
			.where(and(eq(job.orderId, row.id), gte(job.number, from), lt(job.number, to)));
		const byNumber = new Map(claimed.map((claim) => [claim.number, jsonOf(claim)]));
		const items = Array.from({ length: Math.max(0, to - from) }, (_, index) => {
			return byNumber.get(from + index) ?? neverClaimed(row, from + index);
		});
		const more = to < row.jobs && items.length > 0;
		const nextCursor = more ? Buffer.from(String(to - 1), "latin1").toString("base64url") : null;
		return c.json<PageJson<JobJson>>({ items, nextCursor });
	})
	.get("/orders/:id/events", async (c) => {
		const { id } = readPath(c, { id: orderId });
		const { after, limit } = readPage(c, keys.sequence, {});
		const rows = await db
			.select()
			.from(event)
			.where(and(eq(event.orderId, id), after === undefined ? undefined : gt(event.id, after)))
			.orderBy(asc(event.id))
			.limit(limit + 1);
		return c.json<PageJson<EventJson>>(pageOf(rows, limit, (row) => row.id, jsonOf));
	})
	.get("/jobs", async (c) => {
		const { filter, after, limit } = readPage(c, keys.sequence, {
			orderId,
			consumer: address,
			provider: address,
			node: address,
			state: oneOf(jobStates),
		});
		const rows = await db
			.select()
			.from(job)
			.where(
				and(
					filter.orderId && eq(job.orderId, filter.orderId),
					filter.consumer && eq(job.consumer, filter.consumer),
					filter.provider && eq(job.provider, filter.provider),
					filter.node && eq(job.node, filter.node),
					filter.state && eq(job.state, filter.state),
					after === undefined ? undefined : lt(job.sequence, after),
				),
			)
			.orderBy(desc(job.sequence))
			.limit(limit + 1);
		return c.json<PageJson<JobJson>>(pageOf(rows, limit, (row) => row.sequence, jsonOf));
	})
	.get("/jobs/:id/:n", async (c) => {
		readNothing(c);
		const { id, n } = readPath(c, { id: orderId, n: number });
		const terms = await orderOf(id);
		if (n >= terms.jobs) throw new Problem(404, `order ${id} has jobs 0 to ${terms.jobs - 1}`);
		const [row] = await db
			.select()
			.from(job)
			.where(and(eq(job.orderId, id), eq(job.number, n)));
		const results = await db
			.select()
			.from(result)
			.where(and(eq(result.orderId, id), eq(result.number, n)))
			.orderBy(asc(result.attempt));
		const events = await db
			.select()
			.from(event)
			.where(and(eq(event.orderId, id), eq(event.number, n)))
			.orderBy(asc(event.id));
		return c.json<JobDetailJson>({
			job: row ? jsonOf(row) : neverClaimed(terms, n),
			results: results.map(jsonOf),
			events: events.map(jsonOf),
		});
	})
	.get("/results", async (c) => {
		const { filter, after, limit } = readPage(c, keys.sequence, { node: address, orderId });
		const rows = await db
			.select()
			.from(result)
			.where(
				and(
					filter.node && eq(result.node, filter.node),
					filter.orderId && eq(result.orderId, filter.orderId),
					after === undefined ? undefined : lt(result.sequence, after),
				),
			)
			.orderBy(desc(result.sequence))
			.limit(limit + 1);
		return c.json<PageJson<ResultJson>>(pageOf(rows, limit, (row) => row.sequence, jsonOf));
	});

async function orderOf(id: Hex): Promise<typeof order.$inferSelect> {
	const [row] = await db.select().from(order).where(eq(order.id, id));
	if (!row) throw new Problem(404, `no order ${id} was posted up to the block this mirror has read`);
	return row;
}

/** A job that nobody claimed has no row: it is open until its order is closed. */
function neverClaimed({ closed, ...terms }: typeof order.$inferSelect, n: number): JobJson {
	return {
		orderId: terms.id,
		number: n,
		state: closed ? "void" : "open",
		consumer: terms.consumer,
		provider: null,
		node: null,
		lastFailedBy: null,
		attempts: 0,
		stopped: false,
		claimDelay: null,
		unitPrice: null,
		claimedAt: null,
		deadline: null,
		submittedAt: null,
		endedAt: terms.closedAt,
		digest: null,
		status: null,
		pay: null,
		fee: null,
		refund: closed ? terms.jobEscrow.toString() : null,
		claimTx: null,
		submitTx: null,
		endTx: terms.closedTx,
	};
}
