import assert from "node:assert/strict";
import { test } from "node:test";
import { keccak256, stringToHex, zeroHash } from "viem";
import { leafProof } from "./leafProof.ts";
import { createBundle } from "./manifest.ts";
import { resultLeaf, taskLeaf, verifyProof } from "./merkle.ts";
import { resultRoot } from "./resultTree.ts";
import { parseSpec } from "./spec.ts";

const image = `registry.example/a@sha256:${"1".repeat(64)}`;
const spec = parseSpec({ version: 1, image, timeout: 60 });
const digest = (text: string) => keccak256(stringToHex(text));
const parameters = Array.from({ length: 6 }, (_, n) => ({ N: `${n}` }));
const bundle = createBundle({ spec, parameters, tasksPerLot: 3 });
const order = { lots: 2, tasksPerLot: 3, replicas: 1 };
const tasks = [3, 4, 5].map((index) => ({ index, outputDigest: digest(`out ${index}`), status: index === 4 ? 1 : 0 }));
const root = resultRoot(tasks.map((task) => ({ ...task, taskLeaf: bundle.tasks[task.index]?.leaf ?? zeroHash })));
const result = { resultRoot: root, outputsDigest: digest("all"), status: 1 };

test("default: both proofs hold for every task of the lot", () => {
	for (const { index, outputDigest, status } of tasks) {
		const proof = leafProof({ order, job: 1, index, bundle, result, tasks });
		const leaf = taskLeaf(index, proof.specDigest);
		assert.deepEqual([proof.withheld, proof.outputDigest, proof.status], [false, outputDigest, status]);
		assert.ok(verifyProof(bundle.taskRoot, leaf, proof.taskProof));
		assert.ok(verifyProof(root, resultLeaf({ index, taskLeaf: leaf, outputDigest, status }), proof.resultProof));
	}
});

test("behavior: leaves that do not give the root, or are missing, are withheld", () => {
	const lied = tasks.map((task) => (task.index === 5 ? { ...task, status: 9 } : task));
	for (const known of [undefined, lied, tasks.slice(1)]) {
		const proof = leafProof({ order, job: 1, index: 4, bundle, result, tasks: known });
		assert.deepEqual([proof.withheld, proof.outputDigest, proof.resultProof], [true, zeroHash, []]);
	}
});

test("behavior: of a single task the chain alone tells the leaf", () => {
	const single = createBundle({ spec });
	const own = { index: 0, taskLeaf: single.tasks[0]?.leaf ?? zeroHash, outputDigest: digest("all"), status: 0 };
	const only = { resultRoot: resultRoot([own]), outputsDigest: digest("all"), status: 0 };
	const one = { lots: 1, tasksPerLot: 1, replicas: 1 };
	const proof = leafProof({ order: one, job: 0, index: 0, bundle: single, result: only, tasks: undefined });
	assert.deepEqual([proof.withheld, proof.outputDigest], [false, digest("all")]);
});

test("behavior: a task of another lot is refused", () => {
	assert.throws(() => leafProof({ order, job: 1, index: 2, bundle, result, tasks }), /tasks 3 to 5, not 2/);
});
