import assert from "node:assert/strict";
import { test } from "node:test";
import { UnavailableError } from "./errors.ts";
import { createLog } from "./log.ts";
import { backoffMs, repeat, retry } from "./loop.ts";

const log = createLog({ role: "test", level: "silent" });
const away = () => new UnavailableError("away", "away");

test("default: work is repeated until the signal aborts", async () => {
	const stop = new AbortController();
	let runs = 0;
	await repeat({ name: "work", everyMs: 0, signal: stop.signal, log }, async () => {
		runs += 1;
		if (runs === 3) stop.abort();
	});
	assert.equal(runs, 3);
});

test("behavior: a failure that can pass is waited out, another one ends the loop", async () => {
	const failures = [away(), away(), new Error("a mistake of ours")];
	let runs = 0;
	const loop = repeat(
		{ name: "work", everyMs: 0, signal: new AbortController().signal, log, maxBackoffMs: 1 },
		async () => {
			throw failures[runs++];
		},
	);
	await assert.rejects(loop, /a mistake of ours/);
	assert.equal(runs, 3);
});

test("behavior: an abort ends a pause that would take days", async () => {
	const stop = new AbortController();
	const loop = repeat({ name: "work", everyMs: 2 ** 30, signal: stop.signal, log }, async () => {
		setImmediate(() => stop.abort());
	});
	await loop;
});

test("behavior: retry gives up after its attempts, and at once when trying again cannot help", async () => {
	const { signal } = new AbortController();
	let calls = 0;
	const failing = (error: Error) => async () => {
		calls += 1;
		throw error;
	};
	await assert.rejects(retry(failing(away()), { signal, attempts: 3, baseMs: 1, maxMs: 1 }), UnavailableError);
	assert.equal(calls, 3);
	await assert.rejects(retry(failing(new Error("no")), { signal }), /no/);
	assert.equal(calls, 4);
});

test("behavior: pauses double up to the limit, with jitter over their upper half", () => {
	const pause = (failures: number, random: number) =>
		backoffMs(failures, { baseMs: 100, maxMs: 1_000, random: () => random });
	assert.deepEqual([pause(0, 0), pause(0, 1)], [50, 100]);
	assert.deepEqual([pause(2, 0), pause(2, 1)], [200, 400]);
	assert.deepEqual([pause(30, 0), pause(30, 1)], [500, 1_000]);
});
