import type { CacheEntry, CacheKind } from "./cacheRows.ts";

/** Bytes. Above `high` the cache is brought down to `low`, so that it is not cleared a little at each new thing. */
export type Watermarks = { high: number; low: number };

export type Pressure = {
	watermarks: Watermarks;
	/** Bytes that the disk of these kinds lacks for what is about to be written; 0 when it has room. */
	lacking: { bytes: number; kinds: readonly CacheKind[] };
};

/**
 * What to throw away, least recently used first: enough to be below the low watermark once the high one is passed, and
 * enough for what is about to be written. Never what is held, what is still coming, or what this node did not fetch.
 */
export function toEvict(entries: readonly CacheEntry[], { watermarks, lacking }: Pressure): CacheEntry[] {
	const total = entries.reduce((sum, { ours, bytes }) => sum + (ours ? bytes : 0), 0);
	let over = total > watermarks.high ? total - watermarks.low : 0;
	let needed = lacking.bytes;
	const chosen: CacheEntry[] = [];
	for (const entry of evictable(entries).sort((a, b) => a.usedAt - b.usedAt)) {
		const helps = needed > 0 && lacking.kinds.includes(entry.kind);
		if (over <= 0 && !helps) continue;
		chosen.push(entry);
		over -= entry.bytes;
		if (lacking.kinds.includes(entry.kind)) needed -= entry.bytes;
	}
	return chosen;
}

export function evictable(entries: readonly CacheEntry[]): CacheEntry[] {
	return entries.filter(({ state, held, ours }) => state === "whole" && !held && ours);
}
