import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { canonicalJson } from "./canonicalJson.ts";
import { createBundle, parseManifest, specOfTask, tasksOfLot } from "./manifest.ts";
import { merkleRoot, taskLeaf } from "./merkle.ts";
import { parseSpec, specDigest } from "./spec.ts";

const cid = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
const spec = parseSpec({ version: 1, image: cid, timeout: 60, env: { SEED: "0", LR: "0.1" } });
const bytes = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : canonicalJson(value));

describe("createBundle", () => {
	test("default: one task", () => {
		const bundle = createBundle({ spec });
		assert.equal(bundle.lots, 1);
		assert.equal(bundle.taskRoot, taskLeaf(0, specDigest(spec)));
		assert.match(bundle.cid, /^bafkrei/);
		assert.deepEqual(parseManifest(bundle.block.bytes), bundle);
	});

	test("behavior: parameters are merged over the template's environment", () => {
		const bundle = createBundle({ spec, parameters: [{ SEED: "1" }, { SEED: "2", NEW: "x" }], tasksPerLot: 1 });
		assert.deepEqual(specOfTask(bundle.manifest, 1).env, { SEED: "2", LR: "0.1", NEW: "x" });
		assert.equal(bundle.taskRoot, merkleRoot(bundle.tasks.map(({ leaf }) => leaf)));
		assert.throws(() => specOfTask(bundle.manifest, 2), RangeError);
	});

	test("behavior: lots hold consecutive tasks", () => {
		const parameters = Array.from({ length: 6 }, (_, index) => ({ SEED: `${index}` }));
		const bundle = createBundle({ spec, parameters, tasksPerLot: 3 });
		assert.equal(bundle.lots, 2);
		assert.deepEqual(
			tasksOfLot(bundle, 1).map(({ index }) => index),
			[3, 4, 5],
		);
	});

	test("behavior: refuses lots that are not full, and more than a block of parameters", () => {
		assert.throws(() => createBundle({ spec, parameters: [{}, {}, {}], tasksPerLot: 2 }), /does not divide the 3/);
		const huge = Array.from({ length: 70 }, () => ({ BLOB: "x".repeat(32_000) }));
		assert.throws(() => createBundle({ spec, parameters: huge }), /split the batch/);
	});

	test("behavior: 1,000 tasks are a matter of moments", () => {
		const parameters = Array.from({ length: 1000 }, (_, index) => ({ SEED: `${index}` }));
		assert.equal(createBundle({ spec, parameters, tasksPerLot: 1000 }).tasks.length, 1000);
	});
});

describe("parseManifest", () => {
	const { manifest } = createBundle({ spec, parameters: [{ SEED: "1" }] });
	const wrong: [string, RegExp, unknown][] = [
		["nothing", /not JSON/, ""],
		["text that is not UTF-8", /not JSON/, "\u0000"],
		["endless nesting", /not JSON/, "[".repeat(1_000_000)],
		["a list", /must be a map/, []],
		["another version", /version must be 1/, { ...manifest, version: 2 }],
		["an unknown field", /unknown field "extra"/, { ...manifest, extra: 1 }],
		["no tasks", /at least one/, { ...manifest, parameters: [] }],
		["lots of no tasks", /whole number >= 1/, { ...manifest, tasksPerLot: 0 }],
		["lots that are not full", /does not divide/, { ...manifest, tasksPerLot: 2 }],
		["a spec with a wrong field", /timeout must be/, { ...manifest, spec: { ...spec, timeout: 0 } }],
		["a spec with a path as image", /image must be/, { ...manifest, spec: { ...spec, image: "./img" } }],
		[
			"a spec without its defaults",
			/every default written out/,
			{ ...manifest, spec: { version: 1, image: cid, timeout: 60 } },
		],
		["a reserved variable", /LD_PRELOAD is reserved/, { ...manifest, parameters: [{ LD_PRELOAD: "x" }] }],
		["spaces", /not canonical/, JSON.stringify(manifest, null, 1)],
		["a field twice", /not canonical/, canonicalJson(manifest).replace("{", '{"version":1,')],
		["a trailing line break", /not canonical/, `${canonicalJson(manifest)}\n`],
	];
	for (const [name, message, value] of wrong)
		test(`behavior: refuses ${name}`, () => {
			assert.throws(() => parseManifest(bytes(value)), { code: "manifest-invalid", message });
		});
});
