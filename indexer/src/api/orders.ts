// Orders and their parts: an order's jobs and tasks are counted by its terms, whether or not anybody claimed them.

import { db } from "ponder:api";
import { event, job, order } from "ponder:schema";
import {
	type EventJson,
	type JobJson,
	type OrderDetailJson,
	type OrderJson,
	routes,
	type TaskJson,
} from "depin/indexer";
import { Hono } from "hono";
import { and, asc, eq, gte, lt } from "ponder";
import type { Hex } from "viem";
import { readAsked } from "../../http/asked.ts";
import { Refusal } from "../../http/refusal.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { answerPage, happened, page } from "./pages.ts";
import { jsonOf } from "./rows.ts";

/** Most jobs an order shows with itself; the rest come by pages. */
const MAX_JOBS_SHOWN = 1_000;

export type OrderRow = typeof order.$inferSelect;

export const orderRoutes = new Hono()
	.get("/orders", (c) => {
		const { consumer, class: index, state, fromBlock, toBlock, ...paging } = readAsked(c, routes.orders);
		return page(c, order, {
			where: [
				consumer && eq(order.consumer, consumer),
				index === undefined ? undefined : eq(order.class, index),
				state && eq(order.state, state),
				...happened(order.sequence, { fromBlock, toBlock }),
			],
			sortings: { postedAt: ["sequence"], jobEscrow: ["jobEscrow", "sequence"] },
			paging,
			itemOf: (row): OrderJson => jsonOf(row),
		});
	})
	.get("/orders/:id", async (c) => {
		const row = await orderOf(readAsked(c, routes.order).id);
		const jobs = await db
			.select()
			.from(job)
			.where(eq(job.orderId, row.id))
			.orderBy(asc(job.number))
			.limit(MAX_JOBS_SHOWN);
		return c.json<OrderDetailJson>({ order: jsonOf(row), jobs: jobs.map(jsonOf) });
	})
	.get("/orders/:id/jobs", async (c) => {
		const { id, ...paging } = readAsked(c, routes.orderJobs);
		const terms = await orderOf(id);
		const { from, to, nextCursor } = numbered(terms.jobs, paging);
		return answerPage<JobJson>(c, { items: await jobsOf(terms, from, to), nextCursor });
	})
	.get("/orders/:id/tasks", async (c) => {
		const { id, ...paging } = readAsked(c, routes.orderTasks);
		const terms = await orderOf(id);
		const { from, to, nextCursor } = numbered(terms.lots * terms.tasksPerLot, paging);
		return answerPage<TaskJson>(c, { items: await tasksOf(terms, from, to), nextCursor });
	})
	.get("/tasks/:id/:n", async (c) => {
		const { id, n } = readAsked(c, routes.task);
		const terms = await orderOf(id);
		const [task] = n < terms.lots * terms.tasksPerLot ? await tasksOf(terms, n, n + 1) : [];
		if (!task) throw new Refusal(404, `order ${id} has tasks 0 to ${terms.lots * terms.tasksPerLot - 1}`);
		return c.json<TaskJson>(task);
	})
	.get("/orders/:id/events", (c) => {
		const { id, ...paging } = readAsked(c, routes.orderEvents);
		return page(c, event, {
			where: [eq(event.orderId, id)],
			sortings: { time: ["id"] },
			paging: { ...paging, sort: "time" },
			itemOf: (row): EventJson => jsonOf(row),
		});
	});

/** @throws {Refusal} 404 */
export async function orderOf(id: Hex): Promise<OrderRow> {
	const [row] = await db.select().from(order).where(eq(order.id, id));
	if (!row) throw new Refusal(404, `no order ${id} was posted up to the block this mirror has read`);
	return row;
}

/** Jobs of these numbers, last excluded. */
export async function jobsOf(terms: OrderRow, from: number, to: number): Promise<JobJson[]> {
	const claimed = await db
		.select()
		.from(job)
		.where(and(eq(job.orderId, terms.id), gte(job.number, from), lt(job.number, to)));
	const byNumber = new Map(claimed.map((row) => [row.number, jsonOf(row)]));
	const numbers = Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
	return numbers.map((number) => byNumber.get(number) ?? neverClaimed(terms, number));
}

async function tasksOf(terms: OrderRow, from: number, to: number): Promise<TaskJson[]> {
	const { id: orderId, replicas, tasksPerLot } = terms;
	const lotOf = (task: number) => Math.floor(task / tasksPerLot);
	const first = lotOf(from) * replicas;
	const jobs = to > from ? await jobsOf(terms, first, (lotOf(to - 1) + 1) * replicas) : [];
	return Array.from({ length: Math.max(0, to - from) }, (_, index) => {
		const lot = lotOf(from + index);
		const runs = jobs.slice(lot * replicas - first, (lot + 1) * replicas - first);
		return {
			orderId,
			number: from + index,
			lot,
			jobs: runs.map(({ number, state, node, status, digest }) => ({ number, state, node, status, digest })),
		};
	});
}

/** A page of what is numbered from 0 on. */
function numbered(count: number, { limit, cursor }: { limit: number; cursor?: string | undefined }) {
	const [last = "-1"] = cursor === undefined ? [] : readCursor(cursor, "number", ["PgDoublePrecision"]);
	const from = Math.min(Number(last) + 1, count);
	const to = Math.min(from + limit, count);
	return { from, to, nextCursor: to < count ? writeCursor("number", [to - 1]) : null };
}

/** A job that nobody claimed has no row: it is open until its order is closed. */
function neverClaimed({ closed, ...terms }: OrderRow, number: number): JobJson {
	return {
		orderId: terms.id,
		number,
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
		challenges: 0,
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
