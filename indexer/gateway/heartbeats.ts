// The last thing each node said: in memory for whoever asks, and in a store so that a restart neither forgets who is alive
// nor takes a replay. Gateways that share a store know of each other's nodes.
import { HEARTBEAT_LASTS, type ShownHeartbeat, type SignedHeartbeat } from "depin/indexer";
import { isPostgres } from "./config.ts";
import { openPostgres } from "./heartbeatsPostgres.ts";
import { openSqlite } from "./heartbeatsSqlite.ts";

export type HeartbeatStore = {
	/** Keeps it unless something as new is kept already; whether it did. */
	keep(shown: ShownHeartbeat): Promise<boolean>;
	/** What was kept since the last time this was asked; at first everything that is kept. */
	news(): Promise<readonly ShownHeartbeat[]>;
	close(): Promise<void>;
};

export type Heartbeats = {
	/** Keeps it unless something as new is kept already. Resolves with when it expires, or undefined for a replay. */
	keep(signed: SignedHeartbeat, now: number): Promise<number | undefined>;
	/** Of one node, while it counts. */
	of(node: string, now: number): ShownHeartbeat | undefined;
	/** All that count at `now` (unix milliseconds), by node. */
	live(now: number): readonly ShownHeartbeat[];
	/** Learns what other gateways were told. */
	refresh(): Promise<void>;
	close(): Promise<void>;
};

/** @param database a file of SQLite, `:memory:`, or the URL of a PostgreSQL that other gateways use too */
export async function openHeartbeats(database: string): Promise<Heartbeats> {
	const store = isPostgres(database) ? await openPostgres(database) : openSqlite(database);
	const known = new Map<string, ShownHeartbeat>();
	const learn = (shown: ShownHeartbeat) => {
		const { node, sentAt } = shown.heartbeat;
		if (sentAt > (known.get(node)?.heartbeat.sentAt ?? 0)) known.set(node, shown);
	};
	const refresh = async () => (await store.news()).forEach(learn);
	await refresh();
	return {
		async keep(signed, now) {
			// From when it was said: one that was held back on its way is not fresh because it arrives now.
			const expiresAt = Math.min(now, signed.heartbeat.sentAt) + HEARTBEAT_LASTS * 1000;
			const shown = { ...signed, expiresAt };
			if (!(await store.keep(shown))) return undefined;
			learn(shown);
			return expiresAt;
		},
		of(node, now) {
			const last = known.get(node);
			return last && last.expiresAt > now ? last : undefined;
		},
		live: (now) => [...known.values()].filter(({ expiresAt }) => expiresAt > now),
		refresh,
		close: () => store.close(),
	};
}
