import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chainTimes, type RanTask } from "./chainTimes.ts";

const CLAIMED = 1_000;
const chain = { claimedAt: CLAIMED, now: CLAIMED + 60, maxRun: 900 };
const ran = (startedAt: number, seconds: number): RanTask => ({ startedAt, finishedAt: startedAt + seconds, seconds });

test("default", () => {
	const times = chainTimes([ran(CLAIMED + 3, 8)], chain);
	assert.deepEqual(times, { startedAt: CLAIMED + 3, finishedAt: CLAIMED + 11, billed: 8 });
});

describe("a container that starts before a block has the claim", () => {
	test("behavior: keeps its length, counted from the claim", () => {
		for (const early of [2, 8, 30]) {
			const times = chainTimes([ran(CLAIMED - early, 8)], chain);
			assert.deepEqual(times, { startedAt: CLAIMED, finishedAt: CLAIMED + 8, billed: 8 }, `${early} s early`);
		}
	});

	test("behavior: is billed no more than the chain saw pass", () => {
		const times = chainTimes([ran(CLAIMED - 8, 8)], { ...chain, now: CLAIMED + 5 });
		assert.deepEqual(times, { startedAt: CLAIMED, finishedAt: CLAIMED + 5, billed: 5 });
	});
});

test("behavior: a chain whose clock stands still has no later time to give", () => {
	const times = chainTimes([ran(CLAIMED + 20, 8)], { ...chain, now: CLAIMED + 10 });
	assert.deepEqual(times, { startedAt: CLAIMED + 2, finishedAt: CLAIMED + 10, billed: 8 });
});

test("behavior: short tasks of a lot are not billed a begun second each", () => {
	const lot = Array.from({ length: 100 }, (_, n) => ran(CLAIMED + Math.floor(n / 10), 1));
	const times = chainTimes(lot, chain);
	assert.deepEqual(times, { startedAt: CLAIMED, finishedAt: CLAIMED + 10, billed: 10 });
});

test("behavior: tasks that never ran bill nothing and date nothing", () => {
	const never: RanTask = { startedAt: undefined, finishedAt: CLAIMED + 40, seconds: 0 };
	assert.deepEqual(chainTimes([ran(CLAIMED + 3, 8), never], chain), {
		startedAt: CLAIMED + 3,
		finishedAt: CLAIMED + 11,
		billed: 8,
	});
	assert.deepEqual(chainTimes([never], chain), { startedAt: chain.now, finishedAt: chain.now, billed: 0 });
});

test("behavior: no more than the longest run is billed", () => {
	assert.equal(chainTimes([ran(CLAIMED, 50)], { ...chain, maxRun: 40 }).billed, 40);
});

test("behavior: whatever was measured, the chain takes it", () => {
	for (const early of [-70, -9, 0, 9, 70])
		for (const seconds of [0, 1, 59, 61, 500])
			for (const passed of [0, 1, 60]) {
				const now = CLAIMED + passed;
				const { startedAt, finishedAt, billed } = chainTimes([ran(CLAIMED + early, seconds)], { ...chain, now });
				const inOrder = CLAIMED <= startedAt && startedAt <= finishedAt && finishedAt <= now;
				assert.ok(inOrder && billed <= finishedAt - startedAt, `${early} ${seconds} ${passed}`);
			}
});
