import { MarketRefusedError, nodeStatuses, TransactionRevertedError } from "depin";
import { type Address, isAddress } from "viem";
import { isRetriable, oneLine } from "../runtime/errors.ts";
import type { Logger } from "../runtime/log.ts";
import { backoffMs } from "../runtime/loop.ts";
import type { Metrics } from "../runtime/metrics.ts";
import type { Transactor } from "../runtime/transact.ts";
import type { Beacon } from "./beacon.ts";
import type { KeeperCall } from "./decide.ts";

export type Actor = {
	/** Nodes that the Market said are jailed. */
	readonly jailed: ReadonlySet<Address>;
	/** Makes the calls that are not waiting out a refusal. Never throws for one that the Market refuses. */
	perform(calls: readonly KeeperCall[]): Promise<void>;
	/** Forgets what waits and who is jailed: after a reorg, what was done or refused may be neither. */
	reset(): void;
	/** Why the last call could not be made at all (no gas, say); undefined when nothing stands in the way. */
	readonly trouble: string | undefined;
};

export type ActorParts = {
	transactor: Transactor;
	beacon: Beacon;
	log: Logger;
	metrics: Metrics;
	monotonicMs?: () => number;
};

const EVENTS_MS = 10_000;

type Waiting = { failures: number; until: number };

/**
 * Sends what was decided. A refusal is no failure: somebody was faster, or the head's clock is a second ahead. Such a
 * call is tried again later and later, until the events say that it is no longer due.
 */
export function createActor({
	transactor,
	beacon,
	log,
	metrics,
	monotonicMs = () => performance.now(),
}: ActorParts): Actor {
	const jailed = new Set<Address>();
	const waiting = new Map<string, Waiting>();
	const done = metrics.counter("depin_keeper_finished_jobs_total", "Jobs moved on, by call", ["call"]);
	let trouble: string | undefined;

	async function perform(calls: readonly KeeperCall[]): Promise<void> {
		const due = new Set(calls.map(keyOf));
		for (const key of waiting.keys()) if (!due.has(key)) waiting.delete(key);
		const now = monotonicMs();
		await Promise.all(calls.filter((call) => (waiting.get(keyOf(call))?.until ?? 0) <= now).map(one));
	}

	async function one(call: KeeperCall): Promise<void> {
		try {
			await send(transactor, beacon, call);
			trouble = undefined;
			// It stays due until its events are read, a moment later.
			waiting.set(keyOf(call), { failures: 0, until: monotonicMs() + EVENTS_MS });
			done.inc({ call: call.kind }, jobsOf(call));
			log.info({ ...idsOf(call), call: call.kind, jobs: jobsOf(call) }, "done");
		} catch (error) {
			const lost = error instanceof MarketRefusedError || error instanceof TransactionRevertedError;
			if (lost) noteJailed(error);
			else if (isRetriable(error)) throw error;
			else trouble = oneLine(error);
			// One job that another keeper settled spoils the batch for the rest.
			const parts = lost ? split(call) : [];
			if (parts.length > 1) return void (await Promise.all(parts.map(one)));
			const failures = (waiting.get(keyOf(call))?.failures ?? 0) + 1;
			const pause = backoffMs(failures, { baseMs: 1_000, maxMs: 300_000 });
			waiting.set(keyOf(call), { failures, until: monotonicMs() + pause });
			log[lost ? "info" : "error"]({ ...idsOf(call), call: call.kind, cause: oneLine(error) }, "not done");
		}
	}

	function noteJailed(error: Error): void {
		if (!(error instanceof MarketRefusedError) || error.errorName !== "NodeInStatus") return;
		const [node, status] = error.args;
		if (typeof node !== "string" || !isAddress(node)) return;
		// Refused for another status: then it is not jailed, or not any more.
		if (nodeStatuses[Number(status)] === "jailed") jailed.add(node);
		else jailed.delete(node);
	}

	return {
		jailed,
		perform,
		reset() {
			waiting.clear();
			jailed.clear();
		},
		get trouble() {
			return trouble;
		},
	};
}

async function send({ transact, transactPanel }: Transactor, beacon: Beacon, call: KeeperCall) {
	switch (call.kind) {
		case "settle":
			return transact("settle", [call.terms, call.receipts]);
		case "expire":
			return transact("expire", [call.terms, call.jobs]);
		case "voidJob":
			return transact("voidJob", [call.terms, call.receipt]);
		case "close":
			return transact("close", [call.terms]);
		case "tally":
			return transact("tally", [call.terms, call.lot, call.openings]);
		case "draw":
			return transactPanel(call.arbiter, "draw", [call.dispute, await beacon.proofOf(call.beaconRound)]);
		case "conclude":
			return transactPanel(call.arbiter, "conclude", [call.terms, call.receipt, call.dispute]);
		case "reclaim":
			return transact("reclaim", [call.terms, call.receipt, call.dispute]);
		case "sweep":
			return transact("sweep", [call.account]);
	}
}

function split(call: KeeperCall): KeeperCall[] {
	if (call.kind === "settle") return call.receipts.map((receipt) => ({ ...call, receipts: [receipt] }));
	if (call.kind === "expire") return call.jobs.map((job) => ({ ...call, jobs: [job] }));
	return [call];
}

function jobsOf(call: KeeperCall): number {
	if (call.kind === "settle") return call.receipts.length;
	return call.kind === "expire" ? call.jobs.length : 1;
}

function idsOf(call: KeeperCall) {
	return call.kind === "sweep" ? { account: call.account } : { orderId: call.id };
}

function keyOf(call: KeeperCall): string {
	if (call.kind === "sweep") return `sweep ${call.account}`;
	if (call.kind === "settle") return `settle ${call.id} ${call.receipts.map(({ job }) => job)}`;
	if (call.kind === "tally") return `tally ${call.id} ${call.lot} ${call.openings.map(({ opened }) => Number(opened))}`;
	if ("dispute" in call) return `${call.kind} ${call.dispute}`;
	if (call.kind === "voidJob") return `voidJob ${call.id} ${call.receipt.job}`;
	return call.kind === "expire" ? `expire ${call.id} ${call.jobs}` : `close ${call.id}`;
}
