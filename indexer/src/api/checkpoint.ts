// Ponder's checkpoint: time in 10 digits, chain in 16, block in 16, then the place within the block.
const TIME_END = 10;
const BLOCK_START = 26;
const BLOCK_END = 42;

/** Number and unix time of the last block that everything up to `checkpoint` contains whole. */
export function reachedBy(checkpoint: string): { block: number; time: number } {
	const block = Number(checkpoint.slice(BLOCK_START, BLOCK_END));
	// Before its first event Ponder stands at the beginning of the first block it will read.
	const before = /^0*$/.test(checkpoint.slice(BLOCK_END));
	return { block: before ? Math.max(0, block - 1) : block, time: Number(checkpoint.slice(0, TIME_END)) };
}
