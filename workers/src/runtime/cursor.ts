import type { Hash } from "viem";
import { z } from "zod";

/** Blocks whose events were handed over completely, ascending; the last one is where reading goes on. */
export type Cursor = readonly Checkpoint[];
export type Checkpoint = { number: bigint; hash: Hash };

// All of the last 64 blocks, where reorgs happen, and a few far ones so that a deep one does not mean reading it all again.
const DENSE = 64n;
const SPARSE_EVERY = 1024n;
const SPARSE_KEPT = 16;

/** The cursor after one more block is done. */
export function advanceCursor(cursor: Cursor, done: Checkpoint): Cursor {
	const near: Checkpoint[] = [];
	const far: Checkpoint[] = [];
	for (const checkpoint of cursor) {
		if (checkpoint.number + DENSE > done.number) near.push(checkpoint);
		else if (isFirstOfStretch(far, checkpoint)) far.push(checkpoint);
	}
	return [...far.slice(-SPARSE_KEPT), ...near, done];
}

function isFirstOfStretch(far: readonly Checkpoint[], checkpoint: Checkpoint): boolean {
	const last = far.at(-1);
	return last === undefined || checkpoint.number / SPARSE_EVERY > last.number / SPARSE_EVERY;
}

/** Text for a journal's column. */
export function encodeCursor(cursor: Cursor): string {
	return JSON.stringify(cursor.map(({ number, hash }) => [number.toString(), hash]));
}

const cursorSchema = z.array(z.tuple([z.string().regex(/^\d+$/), z.string().startsWith("0x")]));

/** The cursor that `encodeCursor` wrote; an unreadable one throws, because guessing would lose events. */
export function decodeCursor(text: string): Cursor {
	return cursorSchema.parse(JSON.parse(text)).map(([number, hash]) => ({ number: BigInt(number), hash: hash as Hash }));
}
