// What a browser is handed at /docs: a page that asks nothing of anybody, and says what each route takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openApiDocument, problems, routes } from "depin/indexer";
import { referenceRoutes } from "./referenceRoutes.ts";

const app = referenceRoutes();

test("default", async () => {
	const answer = await app.request("/v1/openapi.json");
	assert.equal(answer.headers.get("content-type"), "application/json");
	assert.deepEqual(await answer.json(), JSON.parse(JSON.stringify(openApiDocument())));
});

test(`behavior: the page shows all ${Object.keys(routes).length} routes, every form and every refusal`, async () => {
	const page = await (await app.request("/docs")).text();
	for (const [name, { path }] of Object.entries(routes)) {
		assert.ok(page.includes(`<section id="${name}"`), name);
		assert.ok(page.includes(`<code>${path}</code>`), path);
	}
	for (const name of Object.keys(problems)) assert.ok(page.includes(`<code>${name}</code>`), name);
	const targets = new Set(Array.from(page.matchAll(/ id="([^"]+)"/g), ([, id]) => id));
	const links = Array.from(page.matchAll(/href="#([^"]+)"/g), ([, id]) => id);
	assert.ok(links.length > 100);
	for (const id of links) assert.ok(targets.has(id), id);
});

test("behavior: the page can load nothing and be framed by nobody", async () => {
	const answer = await app.request("/docs");
	const policy = answer.headers.get("content-security-policy") ?? "";
	for (const rule of ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]) {
		assert.ok(policy.split("; ").includes(rule), rule);
	}
	const page = await answer.text();
	assert.doesNotMatch(page, /<(script|img|link|iframe|form)\b|\son\w+=|\sstyle=|@import|url\(|src=/i);
	for (const [, target = ""] of page.matchAll(/href="([^"]+)"/g)) assert.match(target, /^(#\w+|v1\/openapi\.json)$/);
});

test("behavior: neither is sent again to who has it", async () => {
	for (const path of ["/docs", "/v1/openapi.json"]) {
		const etag = (await app.request(path)).headers.get("etag") ?? "";
		const again = await app.request(path, { headers: { "If-None-Match": etag } });
		assert.deepEqual([again.status, await again.text()], [304, ""], path);
	}
});
