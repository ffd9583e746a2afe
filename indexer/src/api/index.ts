// The mirror's read API: /v1 for programs, GraphQL for questions nobody foresaw. Everything here may be a few blocks
// old; each answer of /v1 says up to which block the mirror had read.

import { db } from "ponder:api";
import schema from "ponder:schema";
import type { StatusJson } from "depin/indexer";
import { Hono } from "hono";
import { graphql, sql } from "ponder";
import type { Hex } from "viem";
import { readDeployment } from "../../deployment.ts";
import { moneyRoutes } from "./money.ts";
import { orderRoutes } from "./orders.ts";
import { Problem, problemOf } from "./problem.ts";
import { readNothing } from "./query.ts";
import { registryRoutes } from "./registry.ts";

const deployment = readDeployment(process.env.DEPIN_DEPLOYMENT);

const v1 = new Hono()
	.use(async (c, next) => {
		// Read before the rows are, so that they are at least as new as the header says.
		const { block } = await indexed();
		c.header("Depin-Indexed-Block", String(block));
		c.header("Access-Control-Expose-Headers", "Depin-Indexed-Block");
		await next();
	})
	.get("/status", async (c) => {
		readNothing(c);
		const { chainId, market, asset } = deployment;
		const lower = (address: Hex) => address.toLowerCase() as Hex;
		return c.json<StatusJson>({ chainId, market: lower(market), asset: lower(asset), ...(await indexed()) });
	})
	.route("/", orderRoutes)
	.route("/", registryRoutes)
	.route("/", moneyRoutes)
	.all("*", (c) => {
		if (c.req.method !== "GET") throw new Problem(405, `${c.req.method} is not understood here`);
		throw new Problem(404, `${c.req.path} is not a route of this API`);
	})
	.onError(problemOf);

const app = new Hono().route("/v1", v1);
app.use("/", graphql({ db, schema }));
app.use("/graphql", graphql({ db, schema }));

export default app;

/** How far the mirror has read: number and unix time of the block. */
async function indexed(): Promise<{ block: number; time: number }> {
	const { rows } = await db.execute<{ latest_checkpoint: string }>(
		sql`select latest_checkpoint from _ponder_checkpoint`,
	);
	// Ponder's checkpoint starts with the time in 10 digits, the chain in 16 and the block in 16.
	const checkpoint = rows[0]?.latest_checkpoint ?? "";
	return { block: Number(checkpoint.slice(26, 42)), time: Number(checkpoint.slice(0, 10)) };
}
