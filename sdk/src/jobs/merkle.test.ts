import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { concat, type Hex, keccak256, toHex } from "viem";
import { merkleProof, merkleRoot, resultLeaf, taskLeaf, verifyProof } from "./merkle.ts";

const leaves = (count: number) => Array.from({ length: count }, (_, index) => keccak256(toHex(index + 1)));
const sorted = (one: Hex, two: Hex) => keccak256(concat(one < two ? [one, two] : [two, one]));

describe("merkleRoot", () => {
	test("default: an odd last node goes up unchanged", () => {
		const [a, b, c] = leaves(3) as [Hex, Hex, Hex];
		assert.equal(merkleRoot([a, b, c]), sorted(sorted(a, b), c));
		assert.equal(merkleRoot([a]), a);
		assert.throws(() => merkleRoot([]), RangeError);
	});

	test("behavior: every leaf of every size has a proof, and no other value has it", () => {
		for (const count of [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 100]) {
			const all = leaves(count);
			const root = merkleRoot(all);
			all.forEach((leaf, index) => {
				const proof = merkleProof(all, index);
				assert(verifyProof(root, leaf, proof));
				assert(!verifyProof(root, keccak256(leaf), proof));
			});
		}
		assert.throws(() => merkleProof(leaves(3), 3), RangeError);
	});

	test("behavior: the root changes with any leaf and any order", () => {
		const all = leaves(9);
		const roots = new Set([merkleRoot(all)]);
		all.forEach((_, index) => {
			roots.add(merkleRoot(all.with(index, keccak256("0x00"))));
		});
		roots.add(merkleRoot([...all.slice(1), all[0] as Hex]));
		assert.equal(roots.size, 11);
	});
});

describe("leaves", () => {
	const digest = keccak256("0x01");
	test("default: are bound to index and content, and cannot be inner nodes", () => {
		assert.notEqual(taskLeaf(0, digest), taskLeaf(1, digest));
		assert.notEqual(taskLeaf(0, digest), taskLeaf(0, keccak256(digest)));
		const fields = { index: 0, taskLeaf: digest, outputDigest: digest, status: 0 };
		const all = [
			fields,
			{ ...fields, index: 1 },
			{ ...fields, status: 1 },
			{ ...fields, outputDigest: taskLeaf(0, digest) },
		].map(resultLeaf);
		assert.equal(new Set(all).size, all.length);
	});
});
