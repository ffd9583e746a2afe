// The last thing each node said, kept on disk so that a restart neither forgets who is alive nor takes a replay.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { HEARTBEAT_LASTS, type ShownHeartbeat, type SignedHeartbeat } from "depin/indexer";

export type Heartbeats = {
	/** Keeps it unless something as new is kept already. Returns when it expires, or undefined for a replay. */
	keep(signed: SignedHeartbeat, now: number): number | undefined;
	/** Of one node, while it counts. */
	of(node: string, now: number): ShownHeartbeat | undefined;
	/** All that count at `now` (unix milliseconds), by node. */
	live(now: number): readonly ShownHeartbeat[];
	close(): void;
};

const SCHEMA = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS heartbeats (
	node TEXT PRIMARY KEY, sent_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, signed TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** @param file of SQLite; `:memory:` forgets */
export function openHeartbeats(file: string): Heartbeats {
	if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
	const db = new DatabaseSync(file);
	db.exec(SCHEMA);
	const write = db.prepare(
		`INSERT INTO heartbeats VALUES (?, ?, ?, ?) ON CONFLICT (node) DO UPDATE SET
		 sent_at = excluded.sent_at, expires_at = excluded.expires_at, signed = excluded.signed
		 WHERE excluded.sent_at > heartbeats.sent_at`,
	);
	const known = new Map<string, ShownHeartbeat>();
	for (const { node, expires_at, signed } of db.prepare("SELECT * FROM heartbeats ORDER BY node").iterate()) {
		known.set(String(node), { ...JSON.parse(String(signed)), expiresAt: Number(expires_at) });
	}
	return {
		keep(signed, now) {
			const { node, sentAt } = signed.heartbeat;
			// From when it was said: one that was held back on its way is not fresh because it arrives now.
			const expiresAt = Math.min(now, sentAt) + HEARTBEAT_LASTS * 1000;
			const { changes } = write.run(node, sentAt, expiresAt, JSON.stringify(signed));
			if (changes === 0) return undefined;
			known.set(node, { ...signed, expiresAt });
			return expiresAt;
		},
		of(node, now) {
			const last = known.get(node);
			return last && last.expiresAt > now ? last : undefined;
		},
		live: (now) => [...known.values()].filter(({ expiresAt }) => expiresAt > now),
		close: () => db.close(),
	};
}
