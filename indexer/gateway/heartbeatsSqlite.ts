// Heartbeats of one gateway, in a file of its own.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { HeartbeatStore } from "./heartbeats.ts";

const SCHEMA = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS heartbeats (
	node TEXT PRIMARY KEY, sent_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, signed TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** @param file `:memory:` forgets */
export function openSqlite(file: string): HeartbeatStore {
	if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
	const db = new DatabaseSync(file);
	db.exec(SCHEMA);
	const write = db.prepare(
		`INSERT INTO heartbeats VALUES (?, ?, ?, ?) ON CONFLICT (node) DO UPDATE SET
		 sent_at = excluded.sent_at, expires_at = excluded.expires_at, signed = excluded.signed
		 WHERE excluded.sent_at > heartbeats.sent_at`,
	);
	let told = false;
	return {
		async keep({ expiresAt, ...signed }) {
			const { node, sentAt } = signed.heartbeat;
			return write.run(node, sentAt, expiresAt, JSON.stringify(signed)).changes > 0;
		},
		async news() {
			if (told) return []; // nobody else writes here
			told = true;
			const rows = db.prepare("SELECT * FROM heartbeats ORDER BY node").all();
			return rows.map(({ expires_at, signed }) => ({ ...JSON.parse(String(signed)), expiresAt: Number(expires_at) }));
		},
		close: async () => db.close(),
	};
}
