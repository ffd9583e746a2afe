// Rows that a PostgreSQL kept are gone on with only if the chain still is the one they were read from. Ponder looks at the
// time of its last final block and no further: rows of two chains would stand side by side.
import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "pg";
import { createClient, type Hex, http } from "viem";
import { type Landmark, placeOf } from "./onChain.ts";

const ASK_AGAIN_MS = 1_000;
const ANSWER_MS = 5_000;

/** The chain has something else in the place of what the rows say happened. */
export class OtherChainError extends Error {
	override readonly name = "OtherChainError";
	constructor(schema: string, { block, tx }: Landmark) {
		super(
			`the rows in schema "${schema}" are of another chain: transaction ${tx} is not in block ${block}. The chain was started anew, or took back ` +
				"blocks that counted as final. No money is affected: the contracts are the source of truth, and rows are built anew from them. " +
				"Drop them, and what Ponder had fetched from the chain that is gone, and start again: " +
				`DROP SCHEMA "${schema}" CASCADE; DROP SCHEMA ponder_sync CASCADE;`,
		);
	}
}

/**
 * Compares the newest event that is kept for good with the chain; waits until that answers.
 * @throws {OtherChainError}
 */
export async function requireSameChain(from: { databaseUrl: string; schema: string; rpcUrl: string }): Promise<void> {
	const kept = await newestFinal(from.databaseUrl, from.schema);
	if (!kept) return;
	const client = createClient({ transport: http(from.rpcUrl, { timeout: ANSWER_MS, retryCount: 0 }) });
	for (let said = false; ; said = true) {
		const place = await placeOf(client, kept).catch(() => undefined);
		if (place === "stands") return;
		if (place !== undefined) throw new OtherChainError(from.schema, kept);
		if (!said) console.warn("the chain's endpoint does not answer; waiting for it before the rows are gone on with");
		await pause(ASK_AGAIN_MS);
	}
}

/** Ponder's checkpoint has the block in these of its digits. What is later than the safe one it takes back by itself. */
const SAFE_BLOCK = `(SELECT substr(safe_checkpoint, 27, 16)::bigint FROM %s._ponder_checkpoint LIMIT 1)`;

async function newestFinal(connectionString: string, schema: string): Promise<Landmark | undefined> {
	const pool = new Pool({ connectionString, max: 1, connectionTimeoutMillis: ANSWER_MS });
	const name = `"${schema.replaceAll('"', '""')}"`;
	try {
		const { rows: found } = await pool.query<{ event: string | null }>("SELECT to_regclass($1) AS event", [
			`${name}.event`,
		]);
		if (!found[0]?.event) return undefined;
		const { rows } = await pool.query<{ block: string; tx: Hex; time: string }>(
			`SELECT block, tx, time FROM ${name}.event WHERE block <= ${SAFE_BLOCK.replace("%s", name)} ORDER BY block DESC LIMIT 1`,
		);
		const [row] = rows;
		return row && { block: Number(row.block), tx: row.tx, time: Number(row.time) };
	} finally {
		await pool.end();
	}
}
