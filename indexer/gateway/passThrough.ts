// Reads that the mirror answers: /v1 and GraphQL. Nothing else of the mirror can be reached from outside.
import { routes } from "depin/indexer";
import { type Context, Hono } from "hono";
import { readAs, readAsked } from "../http/asked.ts";
import { readJson } from "../http/body.ts";
import { Refusal } from "../http/refusal.ts";
import { type AnswerCache, unchanged } from "./cache.ts";
import type { GatewayEnv } from "./env.ts";
import type { Mirror, MirrorAnswer } from "./mirror.ts";

const MAX_QUERY_BYTES = 16 * 1024;
/** Of what the mirror answers at once, questions of strangers' own making get this much: other reads go on beside them. */
const MOST_QUERIES = 16;
/** Of the mirror's headers, these travel on. */
const PASSED = ["content-type", "depin-indexed-block", "link", "allow"];

export function passThrough(mirror: Mirror, cache: AnswerCache): Hono<GatewayEnv> {
	let queries = 0;
	const read = async (c: Context) => {
		const { pathname, search } = new URL(c.req.url);
		const answer = await cache.get(pathname + search, () => mirror.ask({ path: pathname + search, accept: "*/*" }));
		if (answer.status !== 200) return pass(c, answer);
		c.header("ETag", answer.etag);
		c.header("Cache-Control", "no-cache");
		if (!unchanged(c.req.header("if-none-match"), answer.etag)) return pass(c, answer);
		return c.body(null, 304);
	};
	return new Hono<GatewayEnv>().get("/v1/*", read).post("/graphql", async (c) => {
		readAsked(c, routes.graphql);
		const asked = readAs(routes.graphql.body, await readJson(c, MAX_QUERY_BYTES));
		if (queries >= MOST_QUERIES) {
			throw new Refusal(503, "more is being asked by GraphQL than is answered at once", {
				headers: { "Retry-After": "1" },
			});
		}
		queries += 1;
		try {
			return pass(c, await mirror.ask({ path: "/graphql", body: JSON.stringify(asked) }));
		} finally {
			queries -= 1;
		}
	});
}

function pass(c: Context, { status, headers, body }: MirrorAnswer): Response {
	// A failure of the mirror is told in the gateway's words: its own may show more than is meant for strangers.
	if (status >= 500) throw new Refusal(502, `the mirror failed with ${status}`);
	for (const name of PASSED) {
		const value = headers.get(name);
		if (value !== null) c.header(name, value);
	}
	return c.body(body, status as 200);
}
