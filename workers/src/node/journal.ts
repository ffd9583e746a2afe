import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OperatorError } from "../runtime/errors.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- What the chain said about orders of our class. Only a hint: before any effect the chain is asked again.
CREATE TABLE IF NOT EXISTS orders (
	id TEXT PRIMARY KEY, terms TEXT NOT NULL, uri TEXT NOT NULL,
	posted_at INTEGER NOT NULL, posted_block INTEGER NOT NULL, open_until INTEGER NOT NULL, closed_block INTEGER
) STRICT;
-- One row for each job somebody claimed; freed_block is set while it is open again.
CREATE TABLE IF NOT EXISTS taken (
	order_id TEXT NOT NULL, job INTEGER NOT NULL, block INTEGER NOT NULL, freed_block INTEGER, failed_by_us INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (order_id, job)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS roster (node TEXT PRIMARY KEY, active INTEGER NOT NULL) STRICT;

-- What this node took on. Rows outlive their order above: they are what must not be forgotten.
CREATE TABLE IF NOT EXISTS works (
	order_id TEXT NOT NULL, job INTEGER NOT NULL, step TEXT NOT NULL,
	terms TEXT NOT NULL, uri TEXT NOT NULL, posted_at INTEGER NOT NULL,
	claimed_at INTEGER, deadline INTEGER, stopped INTEGER NOT NULL DEFAULT 0,
	result TEXT, receipt TEXT, settleable_at INTEGER, ended_at INTEGER, because TEXT,
	PRIMARY KEY (order_id, job)
) STRICT, WITHOUT ROWID;
-- One row for each task of a work that has started or ended.
CREATE TABLE IF NOT EXISTS tasks (
	order_id TEXT NOT NULL, job INTEGER NOT NULL, task INTEGER NOT NULL, started_at INTEGER, report TEXT,
	PRIMARY KEY (order_id, job, task)
) STRICT, WITHOUT ROWID;
-- Sealed replicas of orders of our class; opened_block is set once the seal was opened on chain.
CREATE TABLE IF NOT EXISTS seals (
	order_id TEXT NOT NULL, job INTEGER NOT NULL, block INTEGER NOT NULL, seal TEXT NOT NULL, opened_block INTEGER,
	PRIMARY KEY (order_id, job)
) STRICT, WITHOUT ROWID;
-- What opens our own seals.
CREATE TABLE IF NOT EXISTS salts (order_id TEXT NOT NULL, job INTEGER NOT NULL, salt TEXT NOT NULL, PRIMARY KEY (order_id, job)) STRICT, WITHOUT ROWID;
-- Challenges that are not decided yet, and our votes in them. digest and status are NULL where the result is said to be withheld.
CREATE TABLE IF NOT EXISTS disputes (
	dispute TEXT PRIMARY KEY, order_id TEXT NOT NULL, job INTEGER NOT NULL, arbiter TEXT NOT NULL, task INTEGER NOT NULL,
	digest TEXT, status INTEGER, block INTEGER NOT NULL, closed_block INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS ballots (
	dispute TEXT NOT NULL, round INTEGER NOT NULL, verdict TEXT NOT NULL, digest TEXT NOT NULL, because TEXT NOT NULL, salt TEXT NOT NULL,
	PRIMARY KEY (dispute, round)
) STRICT, WITHOUT ROWID;
-- Images in the engine and inputs in our folder: 'coming' is written before the first byte is fetched, 'going' before one is deleted.
CREATE TABLE IF NOT EXISTS cache (
	kind TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL, image_id TEXT, bytes INTEGER NOT NULL, used_at INTEGER NOT NULL, ours INTEGER NOT NULL,
	PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
-- Jobs that use, or are about to use, what is in the cache.
CREATE TABLE IF NOT EXISTS cache_holds (holder TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (holder, kind, key)) STRICT, WITHOUT ROWID;
`;

/**
 * The node's memory across kills: one SQLite file, written before each effect. One process at a time; a second one is
 * told so instead of sharing a key.
 */
export type Journal = {
	readonly db: DatabaseSync;
	/** Runs `work` so that all its writes land or none. */
	atomically<T>(work: () => T): T;
	get(key: string): string | undefined;
	set(key: string, value: string): void;
	close(): void;
};

export function openJournal(file: string): Journal {
	mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
	const db = new DatabaseSync(file);
	try {
		// Held until the process ends, however it ends. NORMAL: a power cut may take the last writes, and with them the
		// cursor, so what they said is read from the chain again.
		db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
		db.exec(SCHEMA);
	} catch (cause) {
		db.close();
		if (!/locked|busy/i.test(String(cause))) throw cause;
		throw new OperatorError(
			"journal-in-use",
			`${file} is in use: another node runs with this stateDir; stop it first`,
			{ cause },
		);
	}
	const read = db.prepare("SELECT value FROM meta WHERE key = ?");
	const write = db.prepare("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
	return {
		db,
		atomically(work) {
			db.exec("BEGIN IMMEDIATE");
			try {
				const result = work();
				db.exec("COMMIT");
				return result;
			} catch (error) {
				db.exec("ROLLBACK");
				throw error;
			}
		},
		get: (key) => (read.get(key) as { value: string } | undefined)?.value,
		set: (key, value) => void write.run(key, value),
		close: () => db.close(),
	};
}
