import type { Journal } from "../journal.ts";

/** Images lie in the engine, inputs under the node's own folder. */
export type CacheKind = "image" | "input";
export type CacheKey = { kind: CacheKind; key: string };

/** `coming` is written before the first byte is asked for, `going` before the first one is deleted. */
export type CacheState = "coming" | "whole" | "going";

export type CacheEntry = CacheKey & {
	state: CacheState;
	/** Of an image, once known. */
	imageId: string | undefined;
	bytes: number;
	/** Milliseconds since 1970. */
	usedAt: number;
	/** Whether this node fetched it. What was there before is somebody else's to throw away. */
	ours: boolean;
	/** Somebody runs on it, or is about to. */
	held: boolean;
};

/** What the journal knows of the cache. Every change is one statement: a kill leaves the row before it or after it. */
export type CacheRows = {
	get(at: CacheKey): CacheEntry | undefined;
	all(): CacheEntry[];
	put(entry: Omit<CacheEntry, "held">): void;
	mark(at: CacheKey, state: CacheState): void;
	touch(at: CacheKey): void;
	drop(at: CacheKey): void;
	/** Until `release` of the same holder nothing of it is evicted, also by a later process. */
	hold(holder: string, at: CacheKey): void;
	release(holder: string): void;
	/** Drops what holders hold that are none of these: they ended while nobody looked. */
	releaseAllBut(holders: ReadonlySet<string>): void;
};

type Row = Record<string, string | number | null>;

export function cacheRows({ db }: Journal): CacheRows {
	// Two names may lead to one image: it is held by whoever holds either.
	const held =
		"EXISTS (SELECT 1 FROM cache_holds h JOIN cache o ON o.kind = h.kind AND o.key = h.key WHERE o.kind = c.kind AND (o.key = c.key OR o.image_id = c.image_id))";
	const one = db.prepare(`SELECT *, ${held} AS held FROM cache c WHERE kind = ? AND key = ?`);
	const every = db.prepare(`SELECT *, ${held} AS held FROM cache c`);
	const put = db.prepare("INSERT OR REPLACE INTO cache VALUES (?, ?, ?, ?, ?, ?, ?)");
	const mark = db.prepare("UPDATE cache SET state = ? WHERE kind = ? AND key = ?");
	const touch = db.prepare("UPDATE cache SET used_at = ? WHERE kind = ? AND key = ?");
	const drop = db.prepare("DELETE FROM cache WHERE kind = ? AND key = ?");
	const hold = db.prepare("INSERT OR IGNORE INTO cache_holds VALUES (?, ?, ?)");
	const release = db.prepare("DELETE FROM cache_holds WHERE holder = ?");
	const holders = db.prepare("SELECT DISTINCT holder FROM cache_holds");
	return {
		get: ({ kind, key }) => fromRow(one.get(kind, key) as Row | undefined),
		all: () => (every.all() as Row[]).flatMap((row) => fromRow(row) ?? []),
		put({ kind, key, state, imageId, bytes, usedAt, ours }) {
			put.run(kind, key, state, imageId ?? null, bytes, usedAt, ours ? 1 : 0);
		},
		mark: ({ kind, key }, state) => void mark.run(state, kind, key),
		touch: ({ kind, key }) => void touch.run(Date.now(), kind, key),
		drop: ({ kind, key }) => void drop.run(kind, key),
		hold: (holder, { kind, key }) => void hold.run(holder, kind, key),
		release: (holder) => void release.run(holder),
		releaseAllBut(live) {
			for (const { holder } of holders.all() as { holder: string }[]) if (!live.has(holder)) release.run(holder);
		},
	};
}

function fromRow(row: Row | undefined): CacheEntry | undefined {
	if (!row) return undefined;
	return {
		kind: row["kind"] as CacheKind,
		key: String(row["key"]),
		state: row["state"] as CacheState,
		imageId: (row["image_id"] as string | null) ?? undefined,
		bytes: Number(row["bytes"]),
		usedAt: Number(row["used_at"]),
		ours: row["ours"] === 1,
		held: row["held"] === 1,
	};
}
