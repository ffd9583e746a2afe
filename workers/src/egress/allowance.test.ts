import assert from "node:assert/strict";
import { test } from "node:test";
import { egressConfigSchema, egressRefusal } from "./allowance.ts";
import { useOf } from "./jobEgress.ts";

const config = egressConfigSchema.parse({
	allow: ["*.example.com", "api.example.org"],
	deny: ["pool.example.com", "*.ads.example.com"],
	maxBytes: 1000,
});
const asks = (...egress: string[]) => egressRefusal(config, { egress, maxBytes: 1000 });

test("default", () => {
	assert.equal(asks("api.example.com", "api.example.org:80"), undefined);
	assert.equal(egressRefusal(config, "none"), undefined);
	assert.equal(egressRefusal(undefined, "none"), undefined);
});

test("behavior: a node lets nobody out unless its operator says so", () => {
	assert.match(egressRefusal(undefined, { egress: ["api.example.com"], maxBytes: 1 }) ?? "", /lets no job/);
});

const refused: [why: string, egress: string[], said: RegExp][] = [
	["a name that is not allowed", ["api.example.net"], /api\.example\.net is not among/],
	["any one of several", ["api.example.com", "api.example.net"], /api\.example\.net/],
	["the name above an allowed one", ["example.com"], /not among/],
	["a wider pattern than is allowed", ["*.example.org"], /not among/],
	["a name denied", ["pool.example.com"], /denied/],
	["a name below a denied one", ["x.ads.example.com"], /denied/],
	["a pattern that has a denied name", ["*.example.com"], /denied/],
	["another port", ["api.example.com:22"], /another port than 80, 443/],
];
for (const [why, egress, said] of refused)
	test(`behavior: refuses ${why}`, () => assert.match(asks(...egress) ?? "", said));

test("behavior: refuses more bytes than the operator gives", () => {
	assert.match(egressRefusal(config, { egress: ["api.example.com"], maxBytes: 1001 }) ?? "", /1001 bytes/);
});

test("behavior: a configuration that says something else is refused, with its place", () => {
	for (const [bad, field] of [
		[{ allow: [] }, "allow"],
		[{ allow: ["Example.com"] }, "allow.0"],
		[{ allow: ["10.0.0.1"] }, "allow.0"],
		[{ allow: ["a.example.com:443"] }, "allow.0"],
		[{ allow: ["*"], network: "host" }, "network"],
		[{ allow: ["*"], resolvers: ["dns.example.com"] }, "resolvers.0"],
		[{ allow: ["*"], ports: [0] }, "ports.0"],
	] as const) {
		const parsed = egressConfigSchema.safeParse(bad);
		assert.equal(parsed.error?.issues[0]?.path.join("."), field, JSON.stringify(bad));
	}
});

test("behavior: what a proxy says is read like a stranger's word", () => {
	const use = { connections: 1, refused: { "byte-quota": 2 }, bytesIn: 3, bytesOut: 4, complete: true };
	const nothing = { connections: 0, refused: {}, bytesIn: 0, bytesOut: 0, complete: false };
	assert.deepEqual(useOf(JSON.stringify(use)), use);
	for (const line of [
		undefined,
		"",
		"{",
		"[]",
		'{"connections":-1}',
		JSON.stringify({ ...use, more: 1 }),
		JSON.stringify({ ...use, refused: { invented: 1 } }),
	])
		assert.deepEqual(useOf(line), nothing);
});
