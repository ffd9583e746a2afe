// The public door: what every request passes, in this order, before a route sees it.
import { Hono } from "hono";
import { answerRefusal, Refusal } from "../http/refusal.ts";
import { createBudgets } from "./budgets.ts";
import { clientOf, trustOf } from "./clientAddress.ts";
import type { GatewayConfig } from "./config.ts";
import type { GatewayEnv } from "./env.ts";
import type { Head } from "./head.ts";
import { keyedClients } from "./keys.ts";
import { type GatewayMetrics, kindOf } from "./metrics.ts";

export type AppParts = {
	config: GatewayConfig;
	head: Head;
	metrics: GatewayMetrics;
	routes: readonly Hono<GatewayEnv>[];
};

const MAX_ADDRESS = 4_096;
const EXPOSED = "Depin-Indexed-Block, Depin-Indexer-Lag, ETag, Link, RateLimit-Limit, RateLimit-Remaining, Retry-After";

export function createApp({ config, head, metrics, routes }: AppParts): Hono<GatewayEnv> {
	const { limits } = config;
	const budgets = createBudgets();
	const trusts = trustOf(config.trustedProxies);
	const keyed = keyedClients(config.keys);
	const app = new Hono<GatewayEnv>();

	app.use(async (c, next) => {
		const began = performance.now();
		await next();
		const kind = kindOf(c.req.path);
		metrics.requests.inc({ kind, status: String(c.res.status) });
		metrics.seconds.observe({ kind }, (performance.now() - began) / 1000);
		const block = c.res.headers.get("Depin-Indexed-Block") ?? (head.astray ? undefined : head.status?.block);
		c.header("Depin-Indexed-Block", String(block ?? "unknown"));
		c.header("Depin-Indexer-Lag", String(head.lag ?? "unknown"));
		c.header("Access-Control-Allow-Origin", "*");
		c.header("Access-Control-Expose-Headers", EXPOSED);
		c.header("X-Content-Type-Options", "nosniff");
	});
	app.get("/health", (c) => c.json({ ok: true }));
	app.get("/ready", (c) => {
		const { trouble } = head;
		const where = { ready: trouble === undefined, block: head.status?.block ?? null, lag: head.lag ?? null };
		return trouble === undefined ? c.json(where) : answerRefusal(new Refusal(503, trouble, { members: where }), c);
	});

	app.use(async (c, next) => {
		const found = keyed(c.req.header("authorization"));
		const key = found === "unknown" ? undefined : found;
		const client =
			key?.client ?? clientOf(c.env.incoming.socket.remoteAddress, c.req.header("x-forwarded-for"), trusts);
		const spent = budgets.spend(client, key ?? limits);
		c.set("client", client);
		c.header("RateLimit-Limit", String(spent.limit));
		c.header("RateLimit-Remaining", String(spent.remaining));
		// Guessing keys costs as much as anything else.
		if (spent.allowed && found === "unknown") {
			throw new Refusal(401, "leave the key away, or send one of this gateway's", {
				headers: { "WWW-Authenticate": "Bearer" },
			});
		}
		if (spent.allowed) return next();
		throw new Refusal(429, `wait ${spent.retryAfterSeconds} s, or ask the operator for a key`, {
			headers: { "Retry-After": String(spent.retryAfterSeconds) },
		});
	});
	app.use(async (c, next) => {
		if ((c.env.incoming.url ?? "").length > MAX_ADDRESS) throw new Refusal(414, `at most ${MAX_ADDRESS} characters`);
		if (c.req.method !== "OPTIONS") return next();
		return c.body(null, 204, {
			"Access-Control-Allow-Methods": "GET, POST, OPTIONS",
			"Access-Control-Allow-Headers": "Content-Type, Authorization, If-None-Match, Last-Event-ID",
			"Access-Control-Max-Age": "86400",
		});
	});
	app.get("/metrics", async (c) =>
		c.text(await metrics.registry.metrics(), 200, { "Content-Type": metrics.registry.contentType }),
	);
	for (const group of routes) app.route("/", group);
	app.notFound((c) => {
		const read = c.req.method === "GET" || c.req.method === "HEAD";
		const refusal = read
			? new Refusal(404, `${c.req.path} is not a route of this API`)
			: new Refusal(405, `${c.req.method} is not understood at ${c.req.path}`, {
					headers: { Allow: "GET, HEAD, OPTIONS" },
				});
		return answerRefusal(refusal, c);
	});
	app.onError(answerRefusal);
	return app;
}
