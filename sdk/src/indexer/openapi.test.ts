import assert from "node:assert/strict";
import { test } from "node:test";
import { openApiDocument } from "./openapi.ts";
import { problems } from "./problems.ts";
import { type Route, routes } from "./routes.ts";

const document = openApiDocument();
const text = JSON.stringify(document);

test(`default: ${Object.keys(routes).length} routes are written down, each with what it takes, gives and refuses`, () => {
	assert.equal(document.openapi, "3.1.0");
	for (const [name, { path, method, params, query, body, status, refusals }] of Object.entries<Route>(routes)) {
		const operation = document.paths[path]?.[method];
		assert.equal(operation?.operationId, name);
		const taken = operation.parameters.filter(({ in: place }) => place !== "header").map(({ name: field }) => field);
		assert.deepEqual(taken, [...Object.keys(params.shape), ...Object.keys(query.shape)]);
		assert.equal(operation.requestBody !== undefined, body !== undefined, name);
		assert.ok(operation.responses[status], name);
		for (const problem of refusals) assert.ok(operation.responses[problems[problem][0]], `${name}: ${problem}`);
	}
});

test("behavior: every part of a path is a parameter that must be given", () => {
	for (const [path, operations] of Object.entries(document.paths)) {
		const parts = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
		for (const { parameters } of Object.values(operations)) {
			const given = parameters.filter(({ in: place }) => place === "path");
			assert.deepEqual(
				given.map(({ name, required }) => [name, required]),
				parts.map((name) => [name, true]),
			);
		}
	}
});

test("behavior: every reference leads somewhere in the document", () => {
	const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)];
	assert.ok(references.length > 100);
	for (const [, path = ""] of references) {
		let at: unknown = document;
		for (const part of path.split("/")) at = (at as Record<string, unknown>)[part];
		assert.ok(at, path);
	}
});

test("behavior: amounts are text, never numbers that a reader would round", () => {
	const { Account = {}, QuoteAnswer = {} } = document.components.schemas;
	const memberOf = (schema: object, name: string) => JSON.stringify((schema as Members).properties[name]);
	assert.match(memberOf(Account, "free"), /schemas\/Amount/);
	assert.match(memberOf(QuoteAnswer, "clears"), /"type":"string"/);
});

type Members = { properties: Record<string, unknown> };
