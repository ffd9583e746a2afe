import { type Order, packTerms, type Terms, unpackTerms } from "depin";
import type { Address, Hex } from "viem";
import { isAddressEqual } from "viem";
import type { MarketEvent } from "../runtime/watchMarket.ts";
import type { Journal } from "./journal.ts";
import type { SealStore } from "./seals.ts";
import { fromJson, toJson, type WorkKey, type WorkStore } from "./works.ts";

export type PostedOrder = { id: Hex; order: Order; uri: string; postedAt: number };

export type BoardOptions = { journal: Journal; works: WorkStore; seals: SealStore; node: Address; class: number };

/**
 * The open orders of our class and the state of our own jobs, as the events told. Everything here is a hint: it decides
 * what to try, and the chain decides what happens.
 */
export type Board = {
	/** Applies events in order; `timeOf` gives a block's timestamp. Returns the jobs of ours they speak of. */
	apply(events: readonly MarketEvent[], timeOf: (block: bigint) => number): WorkKey[];
	/** Forgets what blocks above `toBlock` said. */
	undo(toBlock: bigint): void;
	/** Orders that may still have a job to claim at `now`, oldest first. */
	openOrders(now: number): PostedOrder[];
	/** Jobs of an order that nobody holds and we never gave back, starting at a place of our own. */
	openJobs(order: PostedOrder, limit: number): number[];
	failedBefore(key: WorkKey): boolean;
	/** Addresses of the active nodes of our class. */
	roster(): Address[];
	/** Drops what can no longer be claimed. */
	prune(now: number): void;
};

export function createBoard({ journal, works, seals, node, class: ours }: BoardOptions): Board {
	const { db } = journal;
	const sql = {
		post: db.prepare("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING"),
		close: db.prepare("UPDATE orders SET closed_block = ? WHERE id = ?"),
		take: db.prepare(
			"INSERT INTO taken VALUES (?, ?, ?, NULL, 0) ON CONFLICT DO UPDATE SET block = excluded.block, freed_block = NULL",
		),
		free: db.prepare(
			"UPDATE taken SET freed_block = ?, failed_by_us = MAX(failed_by_us, ?) WHERE order_id = ? AND job = ?",
		),
		enrol: db.prepare("INSERT INTO roster VALUES (?, ?) ON CONFLICT DO UPDATE SET active = excluded.active"),
		active: db.prepare("UPDATE roster SET active = ? WHERE node = ?"),
		open: db.prepare("SELECT * FROM orders WHERE closed_block IS NULL AND open_until > ? ORDER BY posted_at, id"),
		order: db.prepare("SELECT * FROM orders WHERE id = ?"),
		taken: db.prepare("SELECT job FROM taken WHERE order_id = ? AND (freed_block IS NULL OR failed_by_us = 1)"),
		ours: db.prepare("SELECT job FROM works WHERE order_id = ? AND ended_at IS NULL"),
		failed: db.prepare("SELECT 1 FROM taken WHERE order_id = ? AND job = ? AND failed_by_us = 1"),
		roster: db.prepare("SELECT node FROM roster WHERE active = 1"),
	};

	function apply(event: MarketEvent, timeOf: (block: bigint) => number): WorkKey | undefined {
		const block = Number(event.blockNumber);
		const at = () => timeOf(event.blockNumber);
		switch (event.eventName) {
			case "Posted": {
				if (event.args.class !== ours) return undefined;
				const order = unpackTerms(event.args.terms);
				const postedAt = at();
				sql.post.run(
					event.args.id,
					toJson(packTerms(order)),
					event.args.uri,
					postedAt,
					block,
					postedAt + order.openFor,
				);
				return undefined;
			}
			case "Closed":
				sql.close.run(block, event.args.id);
				return undefined;
			case "Claimed":
			case "Beat":
			case "Stopped":
			case "Submitted":
			case "Settled":
			case "Reopened":
			case "Expired":
			case "Voided":
			case "Committed":
			case "Revealed":
			case "Challenged":
			case "Resolved":
				return applyToJob(event, block, at);
			case "NodeRegistered":
				if (event.args.class === ours) sql.enrol.run(event.args.node.toLowerCase(), 1);
				return undefined;
			case "NodeActivated":
				sql.active.run(1, event.args.node.toLowerCase());
				return undefined;
			case "NodeSuspended":
			case "NodeRetired":
				sql.active.run(0, event.args.node.toLowerCase());
				return undefined;
			default:
				return undefined;
		}
	}

	type JobEventName =
		| ("Claimed" | "Beat" | "Stopped" | "Submitted" | "Settled" | "Reopened" | "Expired" | "Voided")
		| ("Committed" | "Revealed" | "Challenged" | "Resolved");
	type JobEvent = Extract<MarketEvent, { eventName: JobEventName }>;

	function applyToJob(event: JobEvent, block: number, at: () => number): WorkKey | undefined {
		const key = { orderId: event.args.id, job: event.args.job };
		const byUs = "node" in event.args && isAddressEqual(event.args.node, node);
		if (event.eventName === "Claimed") {
			sql.take.run(key.orderId, key.job, block);
			seals.drop(key);
		}
		if (event.eventName === "Committed" && sql.order.get(key.orderId)) {
			const { id: _, ...seal } = event.args;
			seals.seal(key.orderId, seal, block);
		}
		if (event.eventName === "Revealed") seals.open(key, block);
		const reopened = event.eventName === "Reopened" || (event.eventName === "Expired" && event.args.reopened);
		if (reopened) sql.free.run(block, byUs ? 1 : 0, key.orderId, key.job);
		const work = works.get(key) ?? (event.eventName === "Claimed" && byUs ? adopt(key) : undefined);
		if (!work || work.endedAt !== undefined) return undefined;
		switch (event.eventName) {
			case "Claimed":
				if (byUs) works.update(key, { step: "running", claimedAt: at(), deadline: event.args.deadline });
				return key;
			case "Beat":
				works.update(key, { deadline: event.args.deadline });
				return undefined;
			case "Stopped":
				works.update(key, { stopped: true, deadline: event.args.deadline });
				return key;
			case "Committed":
				if (byUs) works.update(key, { step: "committed" });
				return key;
			case "Revealed":
				if (byUs && work.step === "committed") works.update(key, { step: "revealed" });
				return undefined;
			// Nobody is paid before a dispute's end, so asking earlier would only be refused.
			case "Challenged":
				if (work.step === "submitted") works.update(key, { settleableAt: event.args.deadline });
				return undefined;
			case "Resolved":
				if (work.step === "submitted") works.update(key, { settleableAt: event.args.settleableFrom });
				return undefined;
			case "Submitted": {
				if (!byUs) return key;
				const submittedAt = at();
				const receipt = { job: key.job, node, pay: event.args.pay, submittedAt, digest: event.args.digest };
				works.update(key, { step: "submitted", receipt, settleableAt: submittedAt + work.order.challengeFor });
				return key;
			}
			case "Settled":
				if (byUs) works.update(key, { step: "settled", endedAt: at() });
				return key;
			case "Reopened":
				if (byUs) works.update(key, { step: "given-back", endedAt: at() });
				return key;
			case "Expired":
			case "Voided":
				// After a result of status 5 or 6 that could not be reopened, VOID is what we asked for.
				if (byUs) works.update(key, { step: work.step === "submitted" ? "given-back" : "lost", endedAt: at() });
				return key;
		}
	}

	/** A claim of ours that the journal does not know: it was lost, or taken for failed. */
	function adopt(key: WorkKey) {
		const row = sql.order.get(key.orderId);
		if (!row) return undefined;
		const { order, uri, postedAt } = postedOf(row);
		works.begin({ ...key, order, uri, postedAt });
		return works.get(key);
	}

	return {
		apply(events, timeOf) {
			const touched = new Map<string, WorkKey>();
			for (const event of events) {
				const key = apply(event, timeOf);
				if (key) touched.set(`${key.orderId}/${key.job}`, key);
			}
			return [...touched.values()];
		},
		undo(toBlock) {
			const block = Number(toBlock);
			db.prepare("DELETE FROM orders WHERE posted_block > ?").run(block);
			db.prepare("UPDATE orders SET closed_block = NULL WHERE closed_block > ?").run(block);
			db.prepare("DELETE FROM taken WHERE block > ?").run(block);
			db.prepare("UPDATE taken SET freed_block = NULL, failed_by_us = 0 WHERE freed_block > ?").run(block);
			seals.undo(block);
		},
		openOrders: (now) => sql.open.all(now).map(postedOf),
		openJobs({ id, order }, limit) {
			const jobs = order.lots * order.replicas;
			const taken = new Set(sql.taken.all(id).map((row) => row["job"] as number));
			// A lot that we run already is no longer ours to check.
			const ours = new Set(sql.ours.all(id).map((row) => Math.floor((row["job"] as number) / order.replicas)));
			// Nodes that begin at the same job would race for each one; a place from both hashes spreads them.
			const first = jobs === 1 ? 0 : Number((BigInt(id) ^ (BigInt(node) * 0x9e3779b97f4a7c15n)) % BigInt(jobs));
			const found: number[] = [];
			for (let i = 0; i < jobs && found.length < limit; i += 1) {
				const job = (first + i) % jobs;
				const twice = order.replicas > 1 && ours.has(Math.floor(job / order.replicas));
				if (!taken.has(job) && !twice) found.push(job);
			}
			return found;
		},
		failedBefore: ({ orderId, job }) => sql.failed.get(orderId, job) !== undefined,
		roster: () => sql.roster.all().map((row) => row["node"] as Address),
		prune(now) {
			db.prepare("DELETE FROM orders WHERE open_until <= ? OR closed_block IS NOT NULL AND posted_at < ?").run(
				now - 3600,
				now - 86_400,
			);
			db.exec("DELETE FROM taken WHERE order_id NOT IN (SELECT id FROM orders)");
			db.exec("DELETE FROM seals WHERE order_id NOT IN (SELECT id FROM orders UNION SELECT order_id FROM works)");
		},
	};
}

function postedOf(row: Record<string, unknown>): PostedOrder {
	return {
		id: row["id"] as Hex,
		order: unpackTerms(fromJson(row["terms"] as string) as Terms),
		uri: row["uri"] as string,
		postedAt: row["posted_at"] as number,
	};
}
