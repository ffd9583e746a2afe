import assert from "node:assert/strict";
import { test } from "node:test";
import { CapacityLedger } from "./capacity.ts";

const total = { cpus: 2, memoryMiB: 1000, gpus: 0, diskMiB: 100, slots: 3 };
const needs = { cpus: 1, memoryMiB: 400, gpus: 0, diskMiB: 10 };

test("default", () => {
	const ledger = new CapacityLedger(total, []);
	assert.ok(ledger.reserve("a", needs));
	assert.ok(ledger.reserve("b", needs));
	assert.equal(ledger.reserve("c", needs), undefined, "no CPU is left");
	assert.deepEqual(ledger.free(), { cpus: 0, memoryMiB: 200, gpus: 0, diskMiB: 80, slots: 1 });
	ledger.release("a");
	assert.ok(ledger.reserve("c", needs));
});

test("behavior: reserving again is the same lease, releasing again is nothing", () => {
	const ledger = new CapacityLedger(total, ["GPU-a", "GPU-b"]);
	const lease = ledger.reserve("a", { ...needs, gpus: 1 });
	assert.deepEqual(lease?.gpuUuids, ["GPU-a"]);
	assert.equal(ledger.reserve("a", { ...needs, gpus: 1 }), lease);
	ledger.release("a");
	ledger.release("a");
	assert.equal(ledger.free().gpus, 2);
});

test("behavior: a card is never lent twice", () => {
	const ledger = new CapacityLedger({ ...total, cpus: 10, memoryMiB: 9999 }, ["GPU-a", "GPU-b"]);
	const cards = ["a", "b", "c"].flatMap((key) => ledger.reserve(key, { ...needs, gpus: 1 })?.gpuUuids ?? []);
	assert.deepEqual(cards.sort(), ["GPU-a", "GPU-b"]);
});
