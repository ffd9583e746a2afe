import assert from "node:assert/strict";
import { test } from "node:test";
import { advanceCursor, type Cursor, decodeCursor, encodeCursor } from "./cursor.ts";

const at = (number: number) => ({
	number: BigInt(number),
	hash: `0x${number.toString(16).padStart(64, "0")}` as const,
});
const after = (...numbers: number[]): Cursor => numbers.reduce<Cursor>((cursor, n) => advanceCursor(cursor, at(n)), []);
const everyBlock = (to: number) => Array.from({ length: to + 1 }, (_, number) => number);

test("default: remembers each of the last blocks and survives a round trip through text", () => {
	const cursor = after(1, 2, 3);
	assert.deepEqual(cursor, [at(1), at(2), at(3)]);
	assert.deepEqual(decodeCursor(encodeCursor(cursor)), cursor);
});

test("behavior: stays small on a long chain, and still knows blocks far back", () => {
	const cursor = after(...everyBlock(20_000));
	assert.ok(cursor.length <= 64 + 16, `${cursor.length} checkpoints`);
	assert.deepEqual(cursor.slice(-64), everyBlock(20_000).slice(-64).map(at));
	assert.ok((cursor[0]?.number ?? 0n) < 20_000n - 8_192n);
	assert.deepEqual(
		[...cursor].sort((a, b) => Number(a.number - b.number)),
		cursor,
	);
});

test("behavior: text that is not a cursor is refused rather than read as an empty one", () => {
	for (const text of ["", "null", "{}", '[["1"]]', '[["x","0x00"]]']) assert.throws(() => decodeCursor(text));
});
