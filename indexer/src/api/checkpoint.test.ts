import assert from "node:assert/strict";
import { test } from "node:test";
import { reachedBy } from "./checkpoint.ts";

const at = (block: number, within: string) =>
	`1790000000${"31337".padStart(16, "0")}${String(block).padStart(16, "0")}${within}`;

test("default: a checkpoint names the last block that was read whole", () => {
	assert.deepEqual(reachedBy(at(7, "9".repeat(33))), { block: 7, time: 1_790_000_000 });
});

test("behavior: at its beginning a block was not read, and before the first there is none", () => {
	assert.equal(reachedBy(at(7, "0".repeat(33))).block, 6);
	assert.equal(reachedBy(at(0, "0".repeat(33))).block, 0);
	assert.deepEqual(reachedBy(""), { block: 0, time: 0 });
});
