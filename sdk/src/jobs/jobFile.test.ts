import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SpecInvalidError } from "./errors.ts";
import { parseJobFile, parseJobOutputRef, withEnv } from "./jobFile.ts";
import { orderChoices } from "./orderSection.ts";

const cid = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
const orderId = `0x${"ab".repeat(32)}` as const;
const head = `version: 1\nimage: ./img\ntimeout: 60\n`;

describe("parseJobFile", () => {
	test("default: YAML with paths, a price and a batch", () => {
		const file = parseJobFile(
			`
version: 1
image: . # the folder with the Dockerfile
inputs:
  - { path: /inputs/data, from: ../data }
  - { path: /inputs/model, from: ${cid} }
  - { path: /inputs/weights, from: "job:${orderId}/3/outputs/weights/best.bin" }
  - { path: /inputs/listed, cid: ${cid} }
env: { SEED: "1" }
timeout: 300
order: { price: "0.50", challengeFor: 60 }
batch:
  tasksPerLot: 2
  parameters: [{ SEED: "1" }, { SEED: "2" }]
`,
			"/home/me/job",
		);
		assert.deepEqual(file.image, { kind: "path", path: "/home/me/job" });
		assert.deepEqual(
			file.inputs.map(({ from }) => from),
			[
				{ kind: "path", path: "/home/me/data" },
				{ kind: "cid", cid },
				{ kind: "job", ref: { orderId, job: 3, path: "weights/best.bin" } },
				{ kind: "cid", cid },
			],
		);
		assert.deepEqual(file.parameters, [{ SEED: "1" }, { SEED: "2" }]);
		assert.equal(file.tasksPerLot, 2);
		assert.equal(file.template.resources.memoryMiB, 512);
	});

	test("behavior: JSON is taken too, and one task is the default", () => {
		const file = parseJobFile(JSON.stringify({ version: 1, image: `img@sha256:${"0".repeat(64)}`, timeout: 5 }), "/");
		assert.equal(file.image.kind, "registry");
		assert.deepEqual([file.parameters, file.tasksPerLot], [[{}], 1]);
	});

	const wrong: [field: string, problem: string, text: string][] = [
		["", "not YAML", "version: [1"],
		["", "not YAML", "version: 1\n\timage: x"],
		["", "not YAML", "version: 1\nversion: 1\n"],
		["", "not YAML", "a: 1\n---\nb: 2\n"],
		[
			"",
			"alias",
			`a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [${Array.from({ length: 50 }, () => "*b").join(",")}]\n`,
		],
		["", "must be a map", ""],
		["", "must be a map", "just a text"],
		["", "must be a map", "- a\n- list"],
		["image", "is missing", "version: 1\ntimeout: 60\n"],
		["image", "a tag can change", "version: 1\ntimeout: 60\nimage: python:3.12\n"],
		["image", "a tag can change", "version: 1\ntimeout: 60\nimage: alpine\n"],
		["image", "must be ./a-folder", "version: 1\ntimeout: 60\nimage: https://hub/x\n"],
		["image", "must be ./a-folder", "version: 1\ntimeout: 60\nimage: img@sha256:abcd\n"],
		["image", "must be ./a-folder", "version: 1\ntimeout: 60\nimage: 5\n"],
		["timeout", "is missing", "version: 1\nimage: .\n"],
		["timeout", "whole number", "version: 1\nimage: .\ntimeout: 5m\n"],
		["", 'unknown field "ressources"', `${head}ressources: {}\n`],
		["inputs", "a list of", `${head}inputs: { data: ./x }\n`],
		["inputs[0].from", "either from or cid", `${head}inputs: [{ path: /inputs/a }]\n`],
		["inputs[0].from", "either from or cid", `${head}inputs: [{ path: /inputs/a, from: ./a, cid: ${cid} }]\n`],
		["inputs[0].from", "must be ./a-file", `${head}inputs: [{ path: /inputs/a, from: data.csv }]\n`],
		["inputs[0].from", "must be ./a-file", `${head}inputs: [{ path: /inputs/a, from: "job:0x12/0/outputs" }]\n`],
		[
			"inputs[0].from",
			"must be ./a-file",
			`${head}inputs: [{ path: /inputs/a, from: "job:${orderId}/0/outputs/../x" }]\n`,
		],
		["inputs[0].from", "must be ./a-file", `${head}inputs: [{ path: /inputs/a, from: "job:${orderId}/0/logs" }]\n`],
		["inputs[0].cid", "must be a CID", `${head}inputs: [{ path: /inputs/a, cid: bafy }]\n`],
		["inputs[0].path", "/inputs/<name>", `${head}inputs: [{ path: /mnt/a, from: ./a }]\n`],
		["env.SEED", "in quotes", `${head}env: { SEED: 1 }\n`],
		["order.price", "in quotes", `${head}order: { price: 0.5 }\n`],
		["order.price", "in quotes", `${head}order: { price: "-1" }\n`],
		["order.price", "fixed price", `${head}order: { price: "1", maxPrice: "2" }\n`],
		["order.maxPrice", "missing beside startPrice", `${head}order: { startPrice: "1", rampFor: 5 }\n`],
		["order.rampFor", "seconds in which", `${head}order: { startPrice: "1", maxPrice: "2" }\n`],
		["order.startPrice", "beside rampFor", `${head}order: { maxPrice: "2", rampFor: 5 }\n`],
		["order.node", "node's address", `${head}order: { price: "1", node: bob }\n`],
		["order.failBps", "1000 to 9000", `${head}order: { price: "1", failBps: 10000 }\n`],
		["order", 'unknown field "prize"', `${head}order: { prize: "1" }\n`],
		["batch.parameters", "at least one", `${head}batch: { parameters: [] }\n`],
		["batch.parameters[1].SEED", "in quotes", `${head}batch: { parameters: [{ SEED: "1" }, { SEED: 2 }] }\n`],
		["batch.tasksPerLot", "divide", `${head}batch: { parameters: [{}, {}, {}], tasksPerLot: 2 }\n`],
	];
	for (const [field, problem, text] of wrong)
		test(`behavior: refuses ${field || "the file"}: ${problem} (${JSON.stringify(text.slice(-30))})`, () => {
			assert.throws(
				() => parseJobFile(text, "/"),
				(error) => {
					assert(error instanceof SpecInvalidError);
					const found = error.problems.map((one) => [one.field, one.problem.includes(problem)]);
					assert.deepEqual(found, [[field, true]], error.message);
					return true;
				},
			);
		});
});

describe("withEnv", () => {
	test("default: overrides the template", () => {
		const file = withEnv(parseJobFile(`${head}env: { A: "1", B: "1" }\n`, "/"), { B: "2" });
		assert.deepEqual(file.template.env, { A: "1", B: "2" });
	});
	test("behavior: refuses reserved names", () => {
		assert.throws(() => withEnv(parseJobFile(head, "/"), { LD_PRELOAD: "x" }), /LD_PRELOAD is reserved/);
	});
});

describe("parseJobOutputRef", () => {
	test("default", () => {
		assert.deepEqual(parseJobOutputRef(`job:${orderId}/0/outputs`), { orderId, job: 0, path: "" });
	});
});

describe("orderChoices", () => {
	const choose = (order: string) => orderChoices(parseJobFile(`${head}order: ${order}\n`, "/").order, 6);
	test("default: a fixed price in base units", () => {
		assert.equal(choose('{ price: "0.50" }').maxPrice, 500_000n);
	});
	test("behavior: an auction", () => {
		const { startPrice, maxPrice, rampFor } = choose('{ startPrice: "0.1", maxPrice: "2", rampFor: 60 }');
		assert.deepEqual([startPrice, maxPrice, rampFor], [100_000n, 2_000_000n, 60]);
	});
	test("behavior: never guesses a price, never rounds", () => {
		assert.throws(() => choose("{}"), /order.price is missing/);
		assert.throws(() => choose('{ price: "0.0000001" }'), /6 decimals/);
	});
});
