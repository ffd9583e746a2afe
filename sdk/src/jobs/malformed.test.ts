// What people get wrong in a job file: each is refused by the name of its field, with what is allowed there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stringify } from "yaml";
import { SpecInvalidError } from "./errors.ts";
import { parseJobFile } from "./jobFile.ts";
import { orderChoices } from "./orderSection.ts";

const GOOD = {
	version: 1,
	image: "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
	timeout: 60,
	order: { price: "0.50" } as Record<string, unknown>,
};

/** What was changed in the good file, or a whole text; the field; what it says to do. */
type Case = [change: Record<string, unknown> | string, field: string, fix: RegExp];

const tolerance = (rule: Record<string, unknown>) => ({ match: { tolerance: rule } });
const cases: Case[] = [
	["", "", /must be|missing|required/i],
	["version: [", "", /not YAML/],
	["version: 1\nversion: 1\n", "", /not YAML/],
	["- a\n- b\n", "", /must be|expected/i],
	[{ version: 2 }, "version", /must be 1/],
	[{ version: undefined }, "version", /must be 1|missing/],
	[{ image: undefined }, "image", /must be|missing/],
	[{ image: "debian:latest" }, "image", /a tag can change its meaning/],
	[{ image: "bafk123" }, "image", /a CID, or <repository>@sha256/],
	[{ image: `debian@sha256:${"a".repeat(63)}` }, "image", /64 hex digits/],
	[{ image: 7 }, "image", /must be/],
	[{ timeout: undefined }, "timeout", /whole number|missing/],
	[{ timeout: 0 }, "timeout", /from 1 to 604800/],
	[{ timeout: 1.5 }, "timeout", /whole number/],
	[{ timeout: "60" }, "timeout", /whole number/],
	[{ timeout: 604_801 }, "timeout", /from 1 to 604800/],
	[{ command: "node x.js" }, "command", /a list of texts/],
	[{ command: [] }, "command", /at least one word/],
	[{ command: [1] }, "command[0]", /a text/],
	[{ entrypoint: Array(257).fill("x") }, "entrypoint", /at most 256/],
	[{ workdir: "app" }, "workdir", /absolute path/],
	[{ workdir: "/proc/1" }, "workdir", /not under \/proc/],
	[{ env: { SEED: 1 } }, "env.SEED", /in quotes/],
	[{ env: { "A-B": "1" } }, 'env["A-B"]', /letters, digits and _/],
	[{ env: { LD_PRELOAD: "x" } }, "env.LD_PRELOAD", /is reserved/],
	[{ env: { DEPIN_X: "x" } }, "env.DEPIN_X", /is reserved/],
	[{ env: ["A=1"] }, "env", /a map of NAME to text/],
	[{ inputs: { path: "/inputs/a" } }, "inputs", /a list of/],
	[{ inputs: [{ path: "/etc", from: "./x" }] }, "inputs[0].path", /\/inputs\/<name>/],
	[{ inputs: [{ path: "/inputs/../x", from: "./x" }] }, "inputs[0].path", /one plain name/],
	[{ inputs: [{ path: "/inputs/a" }] }, "inputs[0].from", /either from or cid/],
	[{ inputs: [{ path: "/inputs/a", from: "data" }] }, "inputs[0].from", /\.\/a-file-or-folder/],
	[{ inputs: [{ path: "/inputs/a", from: "job:0x12/0/outputs" }] }, "inputs[0].from", /job:<orderId>/],
	[{ inputs: [{ path: "/inputs/a", cid: "Qm123" }] }, "inputs[0].cid", /CIDv1/],
	[{ inputs: [1, 2].map(() => ({ path: "/inputs/a", from: "./x" })) }, "inputs[1].path", /used by another input/],
	[{ resources: { cpus: 0 } }, "resources.cpus", /0\.1 to 256/],
	[{ resources: { cpus: 1.005 } }, "resources.cpus", /two decimals/],
	[{ resources: { memoryMiB: 8 } }, "resources.memoryMiB", /from 16/],
	[{ resources: { gpus: -1 } }, "resources.gpus", /from 0 to 16/],
	[{ resources: { gpu: 1 } }, "resources", /unknown field "gpu"; known are cpus/],
	[{ outputs: { maxBytes: 0 } }, "outputs.maxBytes", /from 1/],
	[{ outputs: { maxFiles: 2_000_000 } }, "outputs.maxFiles", /1,?000,?000/],
	[{ tier: "docker" }, "tier", /"container", "sandbox" or "vm"/],
	[{ network: "host" }, "network", /must be/],
	[{ network: { egress: [] } }, "network.egress", /at least one place/],
	[{ network: { egress: ["10.0.0.1:443"] } }, "network.egress[0]", /a domain name .* addresses/],
	[{ network: { egress: ["a.example", "https://b.example/"] } }, "network.egress[1]", /a domain name/],
	[{ network: { egress: ["*"] } }, "network.egress[0]", /a domain name/],
	[{ network: { egress: ["API.example.com"] } }, "network.egress[0]", /in lower case/],
	[{ network: { egress: ["a.example:70000"] } }, "network.egress[0]", /a port/],
	[{ network: { egress: ["a.example"], maxBytes: 0 } }, "network.maxBytes", /from 1 to/],
	[{ network: { egres: ["a.example"] } }, "network", /must be|unknown field/],
	[{ match: "fuzzy" }, "match", /"exact", "none"/],
	[tolerance({ metric: "json-abs" }), "match.tolerance.max", /is missing/],
	[tolerance({ metric: "image-psnr", max: 1 }), "match.tolerance.min", /is missing/],
	[{ colour: "red" }, "", /unknown field "colour"; known are/],
	[{ order: { price: 0.5 } }, "order.price", /in quotes/],
	[{ order: { price: "-1" } }, "order.price", /an amount/],
	[{ order: { price: "1", maxPrice: "2" } }, "order.price", /startPrice and maxPrice/],
	[{ order: { startPrice: "1", rampFor: 60 } }, "order.maxPrice", /is missing/],
	[{ order: { price: "1", failBps: 1 } }, "order.failBps", /1000 to 9000/],
	[{ order: { price: "1", class: 70_000 } }, "order.class", /0 to 65535/],
	[{ order: { price: "1", node: "0x12" } }, "order.node", /a node's address/],
	[{ order: {} }, "order.price", /./],
	[{ batch: { parameters: [] } }, "batch.parameters", /at least one/],
	[{ batch: { parameters: [{ A: 1 }] } }, "batch.parameters[0].A", /in quotes/],
	[{ batch: { parameters: [{ A: "1" }], tasksPerLot: 2 } }, "batch.tasksPerLot", /must divide/],
];

test("default: a good file is taken", () => {
	assert.equal(parseJobFile(stringify(GOOD), "/").tasksPerLot, 1);
});

test(`behavior: ${cases.length} wrong files are refused by the name of the field, with the fix`, () => {
	assert.ok(cases.length >= 40);
	for (const [change, field, fix] of cases) {
		const text = typeof change === "string" ? change : stringify({ ...GOOD, ...change });
		assert.throws(
			() => orderChoices(parseJobFile(text, "/").order, 6),
			(error) => {
				assert.ok(error instanceof SpecInvalidError, `${text}\n${error}`);
				const named = error.problems.find((problem) => problem.field === field);
				assert.ok(named, `${field} is not among ${JSON.stringify(error.problems)}`);
				assert.match(named.problem, fix, field);
				assert.ok(error.message.includes(field));
				return true;
			},
			text,
		);
	}
});
