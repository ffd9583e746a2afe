import assert from "node:assert/strict";
import { test } from "node:test";
import { breakEven, checksNeeded } from "./deterrence.ts";

test("default: the specification's figures", () => {
	// Its table: at 0.2, 2 and 5 % of jobs looked at, a stake of 740, 72 and 28 prices is enough.
	assert.equal(checksNeeded(1_000n, 740_000n), 20);
	assert.equal(checksNeeded(1_000n, 72_500n), 200);
	assert.equal(checksNeeded(1_000n, 28_500n), 492);
});

test("behavior: without stake nearly every job must be looked at, and without a price none", () => {
	assert.equal(checksNeeded(1_000n, 0n), 8_889);
	assert.equal(checksNeeded(0n, 0n), 1);
	assert.equal(breakEven({ price: 0, saved: 0, stake: 0, conviction: 1 }), 0);
});

test("behavior: no amount of looking helps against who is hardly ever convicted", () => {
	assert.ok(breakEven({ price: 1, saved: 0.8, stake: 0, conviction: 0.5 }) > 1);
});
