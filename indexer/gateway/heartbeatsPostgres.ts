// Heartbeats that several gateways share: in the PostgreSQL they have in common, under a schema that is the gateways' own.
import type { SignedHeartbeat } from "depin/indexer";
import { Pool } from "pg";
import { Refusal } from "../http/refusal.ts";
import type { HeartbeatStore } from "./heartbeats.ts";

const SCHEMA = `
CREATE SCHEMA IF NOT EXISTS gateway;
CREATE TABLE IF NOT EXISTS gateway.heartbeats (
	node text PRIMARY KEY, sent_at bigint NOT NULL, expires_at bigint NOT NULL, signed jsonb NOT NULL,
	kept_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS heartbeats_kept_at ON gateway.heartbeats (kept_at);
`;
/** Two gateways that start at once would both create the same; the number is nobody else's. */
const LOCK = 0xde_91;
/** A row may be seen later than the moment it carries; none takes longer than this to be written. */
const OVERLAP = "10 seconds";
const CONNECTIONS = 4;
const CONNECT_MS = 5_000;

type Row = { signed: SignedHeartbeat; expires_at: string; kept_at: string };

/** @throws the driver's error when there is no such database */
export async function openPostgres(connectionString: string): Promise<HeartbeatStore> {
	const pool = new Pool({ connectionString, max: CONNECTIONS, connectionTimeoutMillis: CONNECT_MS });
	// A connection lost while nobody uses it; the next question opens another.
	pool.on("error", () => {});
	await pool.query(`BEGIN; SELECT pg_advisory_xact_lock(${LOCK}); ${SCHEMA} COMMIT;`);
	let seen: string | undefined;
	return {
		async keep({ expiresAt, ...signed }) {
			const { node, sentAt } = signed.heartbeat;
			const kept = await pool
				.query(
					`INSERT INTO gateway.heartbeats VALUES ($1, $2, $3, $4) ON CONFLICT (node) DO UPDATE SET
					 sent_at = excluded.sent_at, expires_at = excluded.expires_at, signed = excluded.signed, kept_at = excluded.kept_at
					 WHERE excluded.sent_at > heartbeats.sent_at`,
					[node, sentAt, expiresAt, JSON.stringify(signed)],
				)
				.catch(() => {
					throw new Refusal(503, "heartbeats cannot be kept now", { headers: { "Retry-After": "5" } });
				});
			return kept.rowCount === 1;
		},
		async news() {
			const { rows } = await pool.query<Row>(
				`SELECT signed, expires_at, kept_at::text FROM gateway.heartbeats
				 WHERE $1::timestamptz IS NULL OR kept_at > $1::timestamptz - interval '${OVERLAP}' ORDER BY kept_at`,
				[seen ?? null],
			);
			seen = rows.at(-1)?.kept_at ?? seen;
			return rows.map(({ signed, expires_at }) => ({ ...signed, expiresAt: Number(expires_at) }));
		},
		close: () => pool.end(),
	};
}
