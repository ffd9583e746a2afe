// What a GraphQL query is reckoned to cost, from its text alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { getIntrospectionQuery } from "graphql";
import { QueryTooHeavy, weigh } from "../src/api/graphqlWeight.ts";

const weights: [query: string, cost: number, variables?: Record<string, unknown>][] = [
	["{ _meta { status } }", 10],
	["{ orders { items { id } } }", 10 + 50],
	["{ orders(limit: 7) { items { id } } }", 10 + 7],
	["query ($n: Int) { orders(limit: $n) { items { id } } }", 10 + 3, { n: 3 }],
	["query ($n: Int) { orders(limit: $n) { items { id } } }", 10 + 1_000],
	["{ orders(limit: 2, offset: 500) { items { id } } }", 10 + 500 + 2],
	["{ orders(limit: 2) { totalCount } }", 10 + 1_000],
	["{ orders(limit: 4) { items { claimed(limit: 5) { items { id } } } } }", 10 + 4 * (1 + 10 + 5)],
	["{ a: orders(limit: 1) { items { id } } b: orders(limit: 1) { items { id } } }", 22],
	["{ ...f } fragment f on Query { orders(limit: 9) { ...g } } fragment g on orderPage { items { id } }", 10 + 9],
	["{ orders(limit: 9) { ... on orderPage { items { id } } } }", 10 + 9],
	["query A { orders(limit: 1) { items { id } } } query B { orders(limit: 1) { items { id } } }", 22],
];

test(`default: ${weights.length} queries weigh what they may read`, () => {
	for (const [query, cost, variables] of weights) assert.equal(weigh(query, variables).cost, cost, query);
});

test("behavior: what tools ask of the schema is answered", () => {
	assert.ok(weigh(getIntrospectionQuery()).cost < 1_000);
});

const twice = Array.from({ length: 40 }, (_, n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`).join(" ");
const nested = (depth: number) => `${"{ items { order ".repeat(depth)}${"} }".repeat(depth)}`;
const bombs: [about: string, query: string, says: RegExp][] = [
	[
		"lists within lists",
		"{ orders(limit: 1000) { items { claimed(limit: 1000) { items { id } } } } }",
		/its cost is 1011010,/,
	],
	[
		"a hidden limit",
		"query ($n: Int) { jobs(limit: $n) { items { results(limit: $n) { items { id } } } } }",
		/its cost is/,
	],
	["a limit below 0", "{ orders(limit: -1) { items { id } } }", /limit of orders is from 0 to 1000/],
	["a limit beyond all", "{ orders(limit: 2147483647) { items { id } } }", /limit of orders is from 0 to 1000/],
	["a far offset", "{ orders(offset: 1000000) { items { id } } }", /its cost is 1000060/],
	[
		"counts of whole tables",
		`{ ${Array.from({ length: 11 }, (_, n) => `a${n}: jobs { totalCount }`).join(" ")} }`,
		/its cost is/,
	],
	[
		"many aliases",
		`{ ${Array.from({ length: 31 }, (_, n) => `a${n}: _meta { status }`).join(" ")} }`,
		/its aliases is 31/,
	],
	["a deep nest", `{ jobs(limit: 1) ${nested(9)} }`, /its depth is|nested more than/],
	["a nest without end", `{ jobs(limit: 1) ${nested(100)} }`, /its depth is|nested more than/],
	["a count beside a cursor", '{ jobs(after: "x") { totalCount } }', /totalCount is the same on every page/],
	[
		"a count beside a cursor, in a fragment",
		"query ($c: String) { jobs(before: $c) { ...f } } fragment f on jobPage { ... { totalCount } }",
		/totalCount is the same on every page/,
	],
	[
		"fragments that double, beside a cursor",
		`{ jobs(after: "x") { ...f0 } } ${twice} fragment f40 on Query { orders { items { id } } }`,
		/its cost is/,
	],
	["many words", `{ ${"_meta { status } ".repeat(400)} }`, /1000 tokens/],
	["a fragment of itself", "{ ...f } fragment f on Query { ...f }", /fragment f contains itself/],
	["a ring of fragments", "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }", /contains itself/],
	["a ring through a field", "{ ...f } fragment f on Query { a { ...f } }", /contains itself/],
	[
		"fragments that double",
		`{ ...f0 } ${twice} fragment f40 on Query { orders { items { id } } }`,
		/its cost is 6\d{13}/,
	],
	[
		"types of types",
		"{ __schema { types { fields { type { fields { name } } } } } }",
		/introspection of types within types/,
	],
];
for (const [about, query, says] of bombs) {
	test(`behavior: ${about}: refused unread`, () => {
		assert.throws(
			() => weigh(query),
			(error: Error) => (error instanceof QueryTooHeavy || error.name === "GraphQLError") && says.test(error.message),
		);
	});
}
