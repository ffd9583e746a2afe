/** Chain time between blocks: the head's timestamp plus the monotonic time since it was seen. */
export type ChainClock = {
	observe(head: { timestamp: number }): void;
	/** Unix seconds; throws before the first head, because the machine's own clock may be anything. */
	now(): number;
};

export function createChainClock(monotonicMs: () => number = () => performance.now()): ChainClock {
	let seen: { timestamp: number; at: number } | undefined;
	return {
		observe({ timestamp }) {
			seen = { timestamp, at: monotonicMs() };
		},
		now() {
			if (!seen) throw new Error("the chain's clock was read before the first head");
			return seen.timestamp + Math.floor((monotonicMs() - seen.at) / 1000);
		},
	};
}
