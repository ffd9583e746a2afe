import assert from "node:assert/strict";
import { test } from "node:test";
import type { CacheEntry, CacheKind } from "./cacheRows.ts";
import { type Pressure, toEvict } from "./eviction.ts";

const entry = (key: string, change: Partial<CacheEntry> = {}): CacheEntry => ({
	kind: "input",
	key,
	state: "whole",
	imageId: undefined,
	bytes: 10,
	usedAt: Number(key),
	ours: true,
	held: false,
	...change,
});
const both: CacheKind[] = ["image", "input"];
const room: Pressure = { watermarks: { high: 100, low: 50 }, lacking: { bytes: 0, kinds: both } };
const lacks = (bytes: number, kinds = both): Pressure => ({ ...room, lacking: { bytes, kinds } });
const keys = (entries: CacheEntry[], pressure = room) => toEvict(entries, pressure).map(({ key }) => key);
const ten = Array.from({ length: 10 }, (_, i) => entry(`${i}`));

test("default", () => {
	assert.deepEqual(keys(ten), [], "at the high watermark nothing goes");
	assert.deepEqual(keys([...ten.toReversed(), entry("10")]), ["0", "1", "2", "3", "4", "5"]);
});

const spared: [string, Partial<CacheEntry>][] = [
	["that a job uses or is about to", { held: true }],
	["that is still coming", { state: "coming" }],
	["that is going already", { state: "going" }],
	["that was there before this node", { ours: false }],
];
for (const [what, change] of spared)
	test(`behavior: nothing goes ${what}, however old and however full the disk`, () => {
		assert.deepEqual(keys([entry("0", { ...change, bytes: 1000 }), entry("1")], lacks(5000)), ["1"]);
	});

test("behavior: a full disk takes as much as is lacking, from that disk only", () => {
	assert.deepEqual(keys(ten, lacks(15)), ["0", "1"]);
	const mixed = [entry("0", { kind: "image" }), entry("1"), entry("2", { kind: "image" })];
	assert.deepEqual(keys(mixed, lacks(1, ["input"])), ["1"]);
	assert.deepEqual(keys(mixed, lacks(11, ["image"])), ["0", "2"]);
});

test("behavior: what goes for one reason counts for the other", () => {
	assert.deepEqual(keys([...ten, entry("10")], lacks(60)), ["0", "1", "2", "3", "4", "5"]);
});
