import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import type { Head, RelayedAnswer, RelayNodes } from "./nodes.ts";

/** How long a connected node may take to answer. */
const HEAD_MS = 15_000;

/** A node's channel below its address: the same paths, the same answers. Only these paths are passed on. */
export function relayRoutes(nodes: RelayNodes): Hono {
	const app = new Hono();
	const path = "/v1/relay/:node{0x[0-9a-fA-F]{40}}/v1/jobs/:order{0x[0-9a-fA-F]{64}}/:job{[0-9]{1,10}}/logs";
	app.use(
		path,
		cors({ origin: "*", allowMethods: ["GET"], allowHeaders: ["Authorization", "Last-Event-ID"], maxAge: 600 }),
	);
	app.get(path, async (c) => {
		const { node, order, job } = c.req.param();
		const answer = nodes.ask(node.toLowerCase(), {
			path: `/v1/jobs/${order}/${job}/logs`,
			...short("authorization", c.req.header("authorization"), 16_384),
			...short("lastEventId", c.req.header("last-event-id"), 64),
		});
		if (answer === undefined) return problem(c, 502, "node-offline", `node ${node} is not connected to this relay`);
		if (answer === "busy") return problem(c, 429, "too-many-streams", "too many read through this relay; try again");
		const head = await headOf(answer);
		if (!head) return problem(c, 502, "node-offline", `node ${node} does not answer`);
		return new Response(answer.body, {
			status: head.status,
			headers: {
				"content-type": head.contentType,
				"cache-control": "no-store",
				"x-accel-buffering": "no",
				// What a node sends is shown by nobody as a page of this server's.
				"x-content-type-options": "nosniff",
				...(head.retryAfter !== undefined && { "retry-after": head.retryAfter }),
			},
		});
	});
	return app;
}

function short<N extends string>(name: N, value: string | undefined, most: number): { [K in N]?: string } {
	return value === undefined || value.length > most ? {} : ({ [name]: value } as { [K in N]: string });
}

async function headOf({ head, cancel }: RelayedAnswer): Promise<Head | undefined> {
	const late = Promise.withResolvers<undefined>();
	const timer = setTimeout(late.resolve, HEAD_MS, undefined);
	const found = await Promise.race([head, late.promise]).catch(() => undefined);
	clearTimeout(timer);
	if (!found) cancel();
	return found;
}

function problem(c: Context, status: 429 | 502, title: string, detail: string): Response {
	return c.json({ title, status, detail }, status, { "content-type": "application/problem+json", "retry-after": "2" });
}
