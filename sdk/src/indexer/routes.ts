// Every route with what it takes and gives: the one list that the mirror and the gateway read requests by, the
// client is typed by, and the OpenAPI document is written from.
import { z } from "zod";
import { challengeSchema, slashingSchema } from "./disputes.ts";
import { heartbeatReceiptSchema, shownHeartbeatSchema, signedHeartbeatSchema } from "./heartbeat.ts";
import type { ProblemName } from "./problems.ts";
import * as asks from "./queries.ts";
import { assetSchema, quoteRequestSchema, quoteSchema } from "./quote.ts";
import { classStatsSchema, seriesQuery, seriesSchema } from "./stats.ts";
import * as gives from "./types.ts";

export type RouteGroup = "market" | "orders" | "registry" | "money" | "live";

export type Route = {
	method: "get" | "post";
	/** Parts in braces are members of `params`. */
	path: `/v1/${string}` | "/graphql";
	/** The gateway passes on what the mirror serves. */
	servedBy: "mirror" | "gateway";
	about: RouteGroup;
	summary: string;
	params: z.ZodObject;
	query: z.ZodObject;
	headers?: z.ZodObject;
	body?: z.ZodObject;
	status: 200 | 202;
	answer: z.ZodType;
	/** `answer` is what one message of it says. */
	streams?: true;
	/** Beside what any request may be refused with. */
	refusals: readonly ProblemName[];
};

const misread = ["invalid-request"] as const;
const absent = ["invalid-request", "not-found"] as const;
const noQuery = z.strictObject({});

/** A row, or what there is only one of. */
function one<Params extends z.ZodObject, Answer extends z.ZodType, Query extends z.ZodObject = typeof noQuery>(
	path: `/v1/${string}`,
	about: RouteGroup,
	summary: string,
	{ params, query = noQuery as z.ZodObject as Query, answer }: { params: Params; query?: Query; answer: Answer },
) {
	const read = { method: "get", servedBy: "mirror", status: 200 } as const;
	return { ...read, path, about, summary, params, query, answer, refusals: absent };
}

/** Rows by pages; with `params`, those of one thing that may be absent. */
function list<Query extends z.ZodObject, Row extends z.ZodType, Params extends z.ZodObject = typeof noQuery>(
	path: `/v1/${string}`,
	about: RouteGroup,
	summary: string,
	{ params = noQuery as z.ZodObject as Params, query, row }: { params?: Params; query: Query; row: Row },
) {
	const refusals = path.includes("{") ? absent : misread;
	return { ...one(path, about, summary, { params, query, answer: gives.pageSchema(row) }), refusals };
}

const live = { servedBy: "gateway", about: "live", params: noQuery, query: noQuery } as const;

export const routes = {
	status: one("/v1/status", "market", "Which market this mirrors, and how far it has read", {
		params: noQuery,
		answer: gives.statusSchema,
	}),
	market: one("/v1/market", "market", "Sums over all accounts and jobs, and the parameters in force", {
		params: noQuery,
		answer: gives.marketSchema,
	}),
	stats: list("/v1/stats", "market", "Supply, demand and prices of each class, now and over the last 24 hours", {
		query: asks.classQuery,
		row: classStatsSchema,
	}),
	series: one("/v1/stats/series", "market", "Supply, demand and prices of a class over time", {
		params: noQuery,
		query: seriesQuery,
		answer: seriesSchema,
	}),
	events: list("/v1/events", "market", "Every event of the Market and its panel", {
		query: asks.eventQuery,
		row: gives.eventSchema,
	}),
	orders: list("/v1/orders", "orders", "Orders", { query: asks.orderQuery, row: gives.orderSchema }),
	order: one("/v1/orders/{id}", "orders", "One order, and the first 1,000 of its jobs that were ever claimed", {
		params: asks.orderPath,
		answer: gives.orderDetailSchema,
	}),
	orderJobs: list("/v1/orders/{id}/jobs", "orders", "All jobs of an order by number, unclaimed ones included", {
		params: asks.orderPath,
		query: asks.partQuery,
		row: gives.jobSchema,
	}),
	orderTasks: list("/v1/orders/{id}/tasks", "orders", "All tasks of an order by number, with the jobs that run each", {
		params: asks.orderPath,
		query: asks.partQuery,
		row: gives.taskSchema,
	}),
	orderEvents: list("/v1/orders/{id}/events", "orders", "The timeline of an order, oldest first", {
		params: asks.orderPath,
		query: asks.partQuery,
		row: gives.eventSchema,
	}),
	jobs: list("/v1/jobs", "orders", "Jobs that were ever claimed", { query: asks.jobQuery, row: gives.jobSchema }),
	job: one("/v1/jobs/{id}/{n}", "orders", "One job, its results, and the first 1,000 events of its timeline", {
		params: asks.jobPath,
		answer: gives.jobDetailSchema,
	}),
	task: one("/v1/tasks/{id}/{n}", "orders", "One task by its number in the order, with the jobs that run it", {
		params: asks.taskPath,
		answer: gives.taskSchema,
	}),
	results: list("/v1/results", "orders", "What nodes reported", { query: asks.resultQuery, row: gives.resultSchema }),
	challenges: list("/v1/challenges", "orders", "Results that somebody disputes or disputed", {
		query: asks.challengeQuery,
		row: challengeSchema,
	}),
	challenge: one("/v1/challenges/{id}", "orders", "One dispute: the panel, every vote, and where the money went", {
		params: asks.challengePath,
		answer: gives.challengeDetailSchema,
	}),
	nodes: list("/v1/nodes", "registry", "Registered nodes", { query: asks.nodeQuery, row: gives.nodeSchema }),
	node: one("/v1/nodes/{address}", "registry", "One node, and what it was slashed for", {
		params: asks.addressPath,
		answer: gives.nodeDetailSchema,
	}),
	slashings: list("/v1/slashings", "registry", "Stake that nodes lost, and why", {
		query: asks.slashingQuery,
		row: slashingSchema,
	}),
	providers: list("/v1/providers", "registry", "Owners of nodes", {
		query: asks.providerQuery,
		row: gives.providerSchema,
	}),
	provider: one("/v1/providers/{address}", "registry", "One owner of nodes", {
		params: asks.addressPath,
		answer: gives.providerSchema,
	}),
	classes: list("/v1/classes", "registry", "Hardware classes by number", {
		query: asks.classQuery,
		row: gives.classSchema,
	}),
	class: one("/v1/classes/{id}", "registry", "One hardware class", {
		params: asks.classPath,
		answer: gives.classSchema,
	}),
	accounts: list("/v1/accounts", "money", "Accounts that ever paid or received", {
		query: asks.accountQuery,
		row: gives.accountSchema,
	}),
	account: one("/v1/accounts/{address}", "money", "One account: a copy, so read the chain before acting on it", {
		params: asks.addressPath,
		answer: gives.accountSchema,
	}),
	payments: list("/v1/payments", "money", "Movements of money", { query: asks.paymentQuery, row: gives.paymentSchema }),
	graphql: {
		method: "post",
		path: "/graphql",
		servedBy: "mirror",
		about: "market",
		summary: "The same rows by the same names, for questions that no route foresees",
		params: noQuery,
		query: noQuery,
		body: asks.graphqlRequestSchema,
		status: 200,
		answer: gives.graphqlAnswerSchema,
		refusals: ["invalid-request", "too-large", "unsupported-body"],
	},
	asset: {
		...live,
		method: "get",
		path: "/v1/asset",
		summary: "What amounts are counted in",
		status: 200,
		answer: assetSchema,
		refusals: ["invalid-request", "unavailable"],
	},
	quote: {
		...live,
		method: "post",
		path: "/v1/quote",
		summary: "Who could take this order now, and what stands in the way",
		body: quoteRequestSchema,
		status: 200,
		answer: quoteSchema,
		refusals: ["invalid-request", "too-large", "unsupported-body", "unavailable"],
	},
	heartbeat: {
		...live,
		method: "get",
		path: "/v1/nodes/{address}/heartbeat",
		summary: "What a node said last of itself, with its signature, as long as it counts",
		params: asks.addressPath,
		status: 200,
		answer: shownHeartbeatSchema,
		refusals: absent,
	},
	sendHeartbeat: {
		...live,
		method: "post",
		path: "/v1/nodes/{address}/heartbeat",
		summary: "A node says what it could take on now, signed by its key",
		params: asks.addressPath,
		body: signedHeartbeatSchema,
		status: 202,
		answer: heartbeatReceiptSchema,
		refusals: ["invalid-request", "forbidden", "out-of-order", "too-large", "unsupported-body", "unavailable"],
	},
	stream: {
		...live,
		method: "get",
		path: "/v1/stream",
		summary: "The Market's events as they happen, as server-sent events",
		query: asks.streamQuery,
		headers: asks.streamHeaders,
		status: 200,
		answer: gives.streamMessageSchema,
		streams: true,
		refusals: ["invalid-request", "unavailable"],
	},
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
