import assert from "node:assert/strict";
import { test } from "node:test";
import { type Hour, noLevels, pointsOf, stretchesOf } from "./series.ts";

const HOUR = 3_600;
const FIRST = 100 * HOUR;

function hourRow(index: number, change: Partial<Hour>): Hour {
	return {
		...{ class: 1, start: FIRST + index * HOUR, until: FIRST + index * HOUR, ...noLevels },
		...{ nodeSeconds: 0, seatSeconds: 0, openSeconds: 0, runningSeconds: 0, posted: 0, claimed: 0, claimSeconds: 0 },
		...{ meteredClaims: 0, meteredPrice: 0n, fixedPrice: 0n, started: 0, startSeconds: 0, pay: 0n },
		...{ jobsOk: 0, jobsFailed: 0, jobsReopened: 0, jobsExpired: 0, jobsVoided: 0 },
		...change,
	};
}

test("default: levels last through hours without a row, and weigh by how long they lasted", () => {
	// Two seats came after half of hour 1, one of them taken at its end; both ran through hours 2 and 3.
	const hours = [
		hourRow(1, { until: FIRST + 2 * HOUR - 1, seats: 2, running: 1, seatSeconds: 2 * (HOUR / 2 - 1) }),
		hourRow(4, { until: FIRST + 4 * HOUR + 900, seats: 4, running: 0, seatSeconds: 2 * 900, runningSeconds: 900 }),
	];
	const now = FIRST + 4 * HOUR + 1_800;
	const points = pointsOf(hours, noLevels, stretchesOf(FIRST, FIRST + 6 * HOUR, HOUR, now));
	assert.deepEqual(
		points.map(({ start, end, seats, utilisation }) => [(start - FIRST) / HOUR, end - start, seats, utilisation]),
		[
			[0, HOUR, 0, null],
			[1, HOUR, 1, 0.0003],
			[2, HOUR, 2, 0.5],
			[3, HOUR, 2, 0.5],
			[4, 1_800, 3, 0.1667],
		],
	);
});

test("behavior: what stood before the first stretch stands in it", () => {
	const [point] = pointsOf(
		[],
		{ nodes: 3, seats: 6, open: 9, running: 3 },
		stretchesOf(FIRST, FIRST + 1, HOUR, FIRST + 60),
	);
	assert.deepEqual([point?.nodes, point?.seats, point?.open, point?.utilisation], [3, 6, 9, 0.5]);
});

test("behavior: a day sums its hours, and averages over what they count", () => {
	const hours = [
		hourRow(0, {
			claimed: 3,
			meteredClaims: 1,
			meteredPrice: 5n,
			fixedPrice: 31n,
			claimSeconds: 4,
			jobsOk: 2,
			pay: 7n,
		}),
		hourRow(9, {
			claimed: 1,
			meteredClaims: 1,
			meteredPrice: 6n,
			startSeconds: 9,
			started: 2,
			jobsExpired: 1,
			pay: 1n,
		}),
	];
	const [day] = pointsOf(hours, noLevels, stretchesOf(FIRST, FIRST + 1, 24 * HOUR, FIRST + 10 * HOUR));
	assert.deepEqual(
		[day?.claimed, day?.pricePerSecond, day?.pricePerJob, day?.claimSeconds, day?.startSeconds, day?.pay],
		[4, "5", "15", 1, 4.5, "8"],
	);
	assert.equal(day?.successRate, 0.6667);
});

test("behavior: nothing is told of what has not come yet, nor averaged over nothing", () => {
	assert.deepEqual(stretchesOf(FIRST, FIRST + HOUR, HOUR, FIRST), []);
	const [empty] = pointsOf([], noLevels, stretchesOf(FIRST, FIRST + HOUR, HOUR, FIRST + 5));
	const { pricePerSecond, pricePerJob, claimSeconds, startSeconds, successRate, utilisation } = empty ?? {};
	assert.deepEqual(
		[pricePerSecond, pricePerJob, claimSeconds, startSeconds, successRate, utilisation],
		[null, null, null, null, null, null],
	);
});
