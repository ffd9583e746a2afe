// The mirror's read API: /v1 for programs, GraphQL for questions nobody foresaw. Everything here may be a few blocks
// old; each answer of /v1 says up to which block the mirror had read. What /v1 takes and gives is written in the sdk:
// a new route gets its line in `sdk/src/indexer/routes.ts` and is then read, documented, fuzzed and called from there.

import { Hono } from "hono";
import { etag, RETAINED_304_HEADERS } from "hono/etag";
import { answerRefusal, Refusal } from "../../http/refusal.ts";
import { challengeRoutes } from "./challenges.ts";
import { graphql } from "./graphql.ts";
import { jobRoutes } from "./jobs.ts";
import { indexed, marketRoutes } from "./market.ts";
import { moneyRoutes } from "./money.ts";
import { orderRoutes } from "./orders.ts";
import { registryRoutes } from "./registry.ts";
import { statsRoutes } from "./stats.ts";

const EXPOSED = ["Depin-Indexed-Block", "ETag", "Link"];
const retainedHeaders = [...RETAINED_304_HEADERS, "Depin-Indexed-Block", "Access-Control-Expose-Headers"].concat(
	"Access-Control-Allow-Origin",
);

const v1 = new Hono()
	.use(etag({ retainedHeaders }))
	.use(async (c, next) => {
		// Read before the rows are, so that they are at least as new as the header says.
		const { block } = await indexed();
		c.header("Depin-Indexed-Block", String(block));
		c.header("Access-Control-Expose-Headers", EXPOSED.join(", "));
		await next();
	})
	.route("/", marketRoutes)
	.route("/", statsRoutes)
	.route("/", orderRoutes)
	.route("/", jobRoutes)
	.route("/", challengeRoutes)
	.route("/", registryRoutes)
	.route("/", moneyRoutes)
	.all("*", (c) => {
		const headers = { Allow: "GET, HEAD, OPTIONS" };
		if (c.req.method !== "GET") throw new Refusal(405, `${c.req.method} is not understood here`, { headers });
		throw new Refusal(404, `${c.req.path} is not a route of this API`);
	})
	.onError(answerRefusal);

const app = new Hono().route("/v1", v1).all("/graphql", graphql).onError(answerRefusal);

export default app;
