import { DatabaseSync } from "node:sqlite";
import { marketAbi } from "depin/abi";
import { type Hex, parseEventLogs } from "viem";
import { type Cursor, decodeCursor, encodeCursor } from "../runtime/cursor.ts";
import type { MarketEvent } from "../runtime/watchMarket.ts";
import { applyEvent, emptyState, type KeeperState } from "./state.ts";

/** An event and the unix second of its block. */
export type TimedEvent = { event: MarketEvent; time: number };

/** Events of finished orders are kept for so many blocks, in case the chain takes the finish back. */
const KEEP_BLOCKS = 1024;

/** The state of the keeper on disk: the events of unfinished orders, and how far the chain was read. */
export type Journal = {
	readonly state: KeeperState;
	readonly cursor: Cursor | undefined;
	/** Takes the events of some blocks and the cursor behind them, both or neither. */
	append(events: readonly TimedEvent[], cursor: Cursor): void;
	/** Forgets what happened after `toBlock` and works the state out again. */
	rewind(toBlock: bigint, cursor: Cursor): void;
	close(): void;
};

const schema = `
	CREATE TABLE IF NOT EXISTS cursor (only INTEGER PRIMARY KEY CHECK (only = 1), deployment TEXT NOT NULL, body TEXT NOT NULL);
	CREATE TABLE IF NOT EXISTS events (
		block INTEGER NOT NULL,
		log_index INTEGER NOT NULL,
		order_id TEXT,
		time INTEGER NOT NULL,
		log TEXT NOT NULL,
		finished_at INTEGER,
		PRIMARY KEY (block, log_index)
	);
	CREATE INDEX IF NOT EXISTS events_by_order ON events (order_id);
	CREATE INDEX IF NOT EXISTS events_finished ON events (finished_at) WHERE finished_at IS NOT NULL;
`;

type StoredLog = Parameters<typeof parseEventLogs>[0]["logs"][number];

/**
 * @param deployment which chain and Market it is about; a journal of another one is emptied, because none of it holds
 */
export function openJournal(file: string, deployment: string): Journal {
	const db = new DatabaseSync(file);
	db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
	db.exec(schema);
	const stored = db.prepare("SELECT deployment, body FROM cursor").get();
	if (stored && stored["deployment"] !== deployment) db.exec("DELETE FROM cursor; DELETE FROM events;");
	const known = stored && stored["deployment"] === deployment;
	let cursor = known ? decodeCursor(String(stored["body"])) : undefined;
	let state = readState(db);

	const putCursor = db.prepare("INSERT OR REPLACE INTO cursor VALUES (1, ?, ?)");
	const putEvent = db.prepare("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?, NULL)");
	const markFinished = db.prepare("UPDATE events SET finished_at = ? WHERE order_id = ?");
	const prune = db.prepare("DELETE FROM events WHERE finished_at < ?");

	function save(next: Cursor, work: () => void): void {
		db.exec("BEGIN IMMEDIATE");
		try {
			work();
			putCursor.run(deployment, encodeCursor(next));
			db.exec("COMMIT");
			cursor = next;
		} catch (error) {
			db.exec("ROLLBACK");
			state = readState(db);
			throw error;
		}
	}

	function appendOne({ event, time }: TimedEvent): void {
		const orderId = "id" in event.args ? event.args.id : null;
		putEvent.run(event.blockNumber, event.logIndex, orderId, time, encodeLog(event));
		if (applyEvent(state, event, time) && orderId) markFinished.run(event.blockNumber, orderId);
	}

	return {
		get state() {
			return state;
		},
		get cursor() {
			return cursor;
		},
		append(events, next) {
			save(next, () => {
				for (const event of events) appendOne(event);
				prune.run((next.at(-1)?.number ?? 0n) - BigInt(KEEP_BLOCKS));
			});
		},
		rewind(toBlock, next) {
			save(next, () => {
				db.prepare("DELETE FROM events WHERE block > ?").run(toBlock);
				db.prepare("UPDATE events SET finished_at = NULL WHERE finished_at > ?").run(toBlock);
			});
			state = readState(db);
		},
		close: () => db.close(),
	};
}

function readState(db: DatabaseSync): KeeperState {
	const state = emptyState();
	for (const row of db.prepare("SELECT log, time FROM events ORDER BY block, log_index").iterate())
		for (const event of decodeLog(String(row["log"]))) applyEvent(state, event, Number(row["time"]));
	return state;
}

/** As the chain gave it: decoded again with the ABI, so that no second encoding has to be right. */
function encodeLog({ address, blockHash, blockNumber, data, logIndex, topics, transactionHash }: MarketEvent): string {
	return JSON.stringify({ address, blockHash, blockNumber: `${blockNumber}`, data, logIndex, topics, transactionHash });
}

function decodeLog(text: string): MarketEvent[] {
	const { blockNumber, ...log }: { blockNumber: string; address: Hex } = JSON.parse(text);
	const logs = [{ ...log, blockNumber: BigInt(blockNumber), removed: false } as StoredLog];
	return parseEventLogs({ abi: marketAbi, logs }) as MarketEvent[];
}
