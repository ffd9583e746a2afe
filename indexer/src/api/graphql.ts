// GraphQL over the same rows, for strangers: JSON alone, weighed before it runs, and told nothing of how it failed.

import { db } from "ponder:api";
import schema from "ponder:schema";
import { routes } from "depin/indexer";
import { GraphQLError } from "graphql";
import { createMiddleware } from "hono/factory";
import { graphql as serve } from "ponder";
import { readAs, readAsked } from "../../http/asked.ts";
import { readJson } from "../../http/body.ts";
import { misread, Refusal } from "../../http/refusal.ts";
import { graphqlLimits, QueryTooHeavy, weigh } from "./graphqlWeight.ts";

const MAX_BYTES = 16 * 1024;

const run = serve(
	{ db, schema },
	{
		// It takes a fragment for a level, of which the schema query of every tool has many; ours is judged before.
		maxOperationDepth: 2 * graphqlLimits.depth,
		maxOperationAliases: graphqlLimits.aliases,
		maxOperationTokens: graphqlLimits.tokens,
	},
);

export const graphql = createMiddleware(async (c, next) => {
	// Ponder answers a GET with a page that loads its scripts from elsewhere.
	if (c.req.method !== "POST") throw new Refusal(405, "send a query by POST", { headers: { Allow: "POST, OPTIONS" } });
	readAsked(c, routes.graphql);
	const asked = readAs(routes.graphql.body, await readJson(c, MAX_BYTES));
	try {
		weigh(asked.query, asked.variables ?? {});
	} catch (error) {
		if (!(error instanceof QueryTooHeavy || error instanceof GraphQLError)) throw error;
		throw misread([{ path: "query", message: error.message }]);
	}
	// Asked anew, in these words alone.
	c.req.raw = new Request(c.req.url, {
		method: "POST",
		headers: { "Content-Type": "application/json", Accept: "application/json" },
		body: JSON.stringify(asked),
	});
	const answer = (await run(c, next)) as Response;
	const { data, errors } = (await answer.json()) as { data?: unknown; errors?: Failure[] };
	return c.json({ ...(data === undefined ? {} : { data }), ...(errors ? { errors: errors.map(told) } : {}) });
});

type Failure = { message: string; path?: (string | number)[]; locations?: object[] };

/** What is wrong with a query is its sender's to know; what went wrong inside while it ran is not. */
function told({ message, path, locations }: Failure): Failure {
	if (path === undefined) return { message, ...(locations ? { locations } : {}) };
	console.error(`graphql ${path.join(".")}: ${message}`);
	return { message: "this part cannot be answered: check its arguments", path };
}
