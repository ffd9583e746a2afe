import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpec } from "depin/jobs";
import { testSpec } from "../../test/plan.ts";
import { deniedBy, matchesPattern, miningHint, policySchema } from "./policy.ts";

const consumer = `0x${"c0".repeat(20)}` as const;
const work = (changes: Partial<JobSpec> = {}) => ({ spec: testSpec(changes), consumer });

test("default", () => {
	const policy = policySchema.parse([
		{ action: "allow", reason: "known customer", when: { consumer: [consumer] } },
		{ action: "deny", reason: "only our own registry", when: { image: ["*"] } },
	]);
	assert.equal(deniedBy(policy, work()), undefined, "the first rule that holds decides");
	assert.equal(deniedBy(policy, { ...work(), consumer: `0x${"d0".repeat(20)}` }), "only our own registry");
	assert.equal(deniedBy([], work()), undefined, "without a rule everything is allowed");
});

const table: [name: string, when: object, changes: Partial<JobSpec>, denied: boolean][] = [
	["an image by repository", { image: ["repo.example/*"] }, {}, true],
	["another image", { image: ["other.example/*", "bafy*"] }, {}, false],
	["a command", { command: ["*stratum*"] }, { command: ["run", "--pool", "stratum+tcp://x"] }, true],
	["an entrypoint counts as command", { command: ["/bin/miner*"] }, { entrypoint: ["/bin/miner"] }, true],
	["a network policy", { network: ["none"] }, {}, true],
	["all that is given must hold", { image: ["repo.example/*"], command: ["sleep*"] }, {}, false],
	["nothing given holds for all", {}, {}, true],
];
for (const [name, when, changes, denied] of table)
	test(`behavior: denies by ${name}`, () => {
		const policy = policySchema.parse([{ action: "deny", reason: "no", when }]);
		assert.equal(deniedBy(policy, work(changes)), denied ? "no" : undefined);
	});

test("behavior: a pattern takes one pass over whatever a consumer wrote", () => {
	const cases: [string, string, boolean][] = [
		["a", "a", true],
		["a", "ab", false],
		["a*", "ab", true],
		["*b", "ab", true],
		["a*a", "a", false],
		["*x*y*", "axby", true],
		["*x*y*", "ayxb", false],
		[".*", "ab", false],
	];
	for (const [pattern, text, expected] of cases) assert.equal(matchesPattern(pattern, text), expected, pattern);
	assert.equal(matchesPattern(`${"*a".repeat(500)}b`, "a".repeat(100_000)), false);
});

test("behavior: mining is a hint to the operator, no more", () => {
	assert.equal(miningHint(work({ command: ["./xmrig", "-o", "pool"] })), "xmrig");
	assert.equal(miningHint(work({ env: { POOL: "stratum+tcp://pool:3333" } })), "stratum+tcp");
	assert.equal(miningHint(work({ command: ["python", "train.py", "--data-mining"] })), undefined);
});

test("behavior: a rule that says something else is refused, with its place", () => {
	const parsed = policySchema.safeParse([{ action: "deny", reason: "x", when: { images: ["*"] } }]);
	assert.deepEqual(parsed.error?.issues[0]?.path, [0, "when"]);
});
