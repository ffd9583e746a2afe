import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SpecInvalidError } from "./errors.ts";
import { parseSpec, specDigest } from "./spec.ts";

const cid = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
const least = { version: 1, image: cid, timeout: 60 };
const digest = `docker.io/library/busybox@sha256:${"ab".repeat(32)}`;

describe("parseSpec", () => {
	test("default: every default is written out", () => {
		assert.deepEqual(parseSpec(least), {
			version: 1,
			image: cid,
			env: {},
			inputs: [],
			outputs: { maxBytes: 1_073_741_824, maxFiles: 10_000 },
			resources: { cpus: 1, memoryMiB: 512, gpus: 0, pids: 512, shmMiB: 0, tmpMiB: 64, tmpExec: false },
			tier: "container",
			timeout: 60,
			network: "none",
			match: "none",
			confidential: "none",
		});
	});

	test("behavior: a resolved spec stays as it is", () => {
		const spec = parseSpec({
			...least,
			image: digest,
			command: ["train"],
			match: { tolerance: { metric: "json-rel", max: 0.1 } },
		});
		assert.deepEqual(parseSpec(spec), spec);
	});

	const wrong: [string, string, unknown][] = [
		["", "must be a map of", "text"],
		["version", "missing", { ...least, version: undefined }],
		["version", "must be 1", { ...least, version: 2 }],
		["image", "missing", { ...least, image: undefined }],
		["image", "CID of an image archive", { ...least, image: "alpine:3.20" }],
		["image", "without a tag", { ...least, image: `alpine:3@sha256:${"ab".repeat(32)}` }],
		["timeout", "missing", { ...least, timeout: undefined }],
		["timeout", "1 to 604800", { ...least, timeout: 0 }],
		["timeout", "1 to 604800", { ...least, timeout: 604_801 }],
		["timeout", "whole number", { ...least, timeout: 1.5 }],
		["", 'unknown field "gpu"', { ...least, gpu: 1 }],
		["resources", 'unknown field "gpu"; known are cpus', { ...least, resources: { gpu: 1 } }],
		["resources.cpus", "0.1 to 256", { ...least, resources: { cpus: 0 } }],
		["resources.cpus", "two decimals", { ...least, resources: { cpus: 1.001 } }],
		["resources.cpus", "a number", { ...least, resources: { cpus: "2" } }],
		["resources.memoryMiB", "16 to", { ...least, resources: { memoryMiB: 8 } }],
		["resources.pids", "16 to 4096", { ...least, resources: { pids: 5000 } }],
		["resources.tmpExec", "true or false", { ...least, resources: { tmpExec: "yes" } }],
		["outputs.maxBytes", "1 to 1099511627776", { ...least, outputs: { maxBytes: 0 } }],
		["env.SEED", "in quotes", { ...least, env: { SEED: 1 } }],
		["env.LD_PRELOAD", "reserved", { ...least, env: { LD_PRELOAD: "/x.so" } }],
		["env.LD_AUDIT", "reserved", { ...least, env: { LD_AUDIT: "/x.so" } }],
		["env.DEPIN_TASK_INDEX", "reserved", { ...least, env: { DEPIN_TASK_INDEX: "0" } }],
		["env.NVIDIA_VISIBLE_DEVICES", "reserved", { ...least, env: { NVIDIA_VISIBLE_DEVICES: "all" } }],
		['env["A-B"]', "not a variable name", { ...least, env: { "A-B": "x" } }],
		["env.A", "NUL", { ...least, env: { A: "\0" } }],
		["command", "at least one", { ...least, command: [] }],
		["command", "list of texts", { ...least, command: "sh -c train" }],
		["command[1]", "a text", { ...least, command: ["a", 1] }],
		["command[0]", "broken Unicode", { ...least, command: ["\ud800"] }],
		["workdir", "absolute path", { ...least, workdir: "data" }],
		["workdir", "under /proc", { ...least, workdir: "/proc/self/fd/7" }],
		["inputs[0].path", "/inputs/<name>", { ...least, inputs: [{ path: "/data", cid }] }],
		["inputs[0].path", "/inputs/<name>", { ...least, inputs: [{ path: "/inputs/../etc", cid }] }],
		["inputs[0].cid", "must be a CID", { ...least, inputs: [{ path: "/inputs/a", cid: "Qm" }] }],
		["inputs[0].cid", "missing", { ...least, inputs: [{ path: "/inputs/a" }] }],
		[
			"inputs[1].path",
			"used by another",
			{
				...least,
				inputs: [
					{ path: "/inputs/a", cid },
					{ path: "/inputs/a", cid },
				],
			},
		],
		["tier", '"container", "sandbox" or "vm"', { ...least, tier: "bare-metal" }],
		["network", '"none"', { ...least, network: "host" }],
		["match", '"exact", "none" or', { ...least, match: "fuzzy" }],
		["match.tolerance.max", ">= 0", { ...least, match: { tolerance: { metric: "json-abs", max: -1 } } }],
		["match.tolerance.metric", "one of json-abs", { ...least, match: { tolerance: { metric: "loss", max: 1 } } }],
		["match.tolerance.max", "is missing", { ...least, match: { tolerance: { metric: "array-rel" } } }],
		["match.tolerance.min", "is missing", { ...least, match: { tolerance: { metric: "image-psnr" } } }],
		["match.tolerance.max", "write min", { ...least, match: { tolerance: { metric: "image-psnr", min: 9, max: 1 } } }],
		["confidential", '"none"', { ...least, confidential: "node" }],
		["", "at most 131072", { ...least, command: Array.from({ length: 10 }, () => "x".repeat(20_000)) }],
	];
	for (const [field, problem, value] of wrong)
		test(`behavior: refuses ${field || "the document"}: ${problem}`, () => {
			assert.throws(
				() => parseSpec(value),
				(error) => {
					assert(error instanceof SpecInvalidError);
					assert.deepEqual(
						error.problems.map((found) => [found.field, found.problem.includes(problem)]),
						[[field, true]],
						error.message,
					);
					return true;
				},
			);
		});
});

describe("specDigest", () => {
	test("default: does not depend on the order of fields", () => {
		const one = parseSpec({ ...least, env: { A: "1", B: "2" } });
		const two = parseSpec({ env: { B: "2", A: "1" }, timeout: 60, image: cid, version: 1 });
		assert.equal(specDigest(one), specDigest(two));
	});

	test("behavior: changes with every value", () => {
		const digests = [
			{ ...least },
			{ ...least, timeout: 61 },
			{ ...least, env: { A: "" } },
			{ ...least, resources: { cpus: 1.5 } },
			{ ...least, match: "exact" },
		].map((value) => specDigest(parseSpec(value)));
		assert.equal(new Set(digests).size, digests.length);
	});
});
