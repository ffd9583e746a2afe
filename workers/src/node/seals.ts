import type { Seal } from "depin";
import type { Hex } from "viem";
import type { Journal } from "./journal.ts";
import { fromJson, toJson, type WorkKey } from "./works.ts";

/** The sealed replicas of orders of our class, as the events told. */
export type SealStore = {
	seal(orderId: Hex, seal: Seal, block: number): void;
	open(key: WorkKey, block: number): void;
	undo(block: number): void;
	/** Of one job, unless it was claimed anew since. */
	sealOf(key: WorkKey): Seal | undefined;
	/** How many jobs from `from` on, below `to`, are sealed. */
	count(orderId: Hex, from: number, to: number): number;
	/** A job that is claimed again has no seal. */
	drop(key: WorkKey): void;
	/** What opens our own seal: made once, before the seal leaves this machine. */
	saltOf(key: WorkKey): Hex;
};

export function sealStore({ db }: Journal): SealStore {
	const put = db.prepare("INSERT OR REPLACE INTO seals VALUES (?, ?, ?, ?, NULL)");
	const opened = db.prepare("UPDATE seals SET opened_block = ? WHERE order_id = ? AND job = ?");
	const one = db.prepare("SELECT seal FROM seals WHERE order_id = ? AND job = ?");
	const many = db.prepare("SELECT COUNT(*) AS n FROM seals WHERE order_id = ? AND job >= ? AND job < ?");
	const remove = db.prepare("DELETE FROM seals WHERE order_id = ? AND job = ?");
	const salt = db.prepare("SELECT salt FROM salts WHERE order_id = ? AND job = ?");
	const keep = db.prepare("INSERT INTO salts VALUES (?, ?, ?)");
	return {
		seal: (orderId, seal, block) => void put.run(orderId, seal.job, block, toJson(seal)),
		open: ({ orderId, job }, block) => void opened.run(block, orderId, job),
		undo(block) {
			db.prepare("DELETE FROM seals WHERE block > ?").run(block);
			db.prepare("UPDATE seals SET opened_block = NULL WHERE opened_block > ?").run(block);
		},
		sealOf({ orderId, job }) {
			const text = one.get(orderId, job)?.["seal"] as string | undefined;
			return text ? (fromJson(text) as Seal) : undefined;
		},
		count: (orderId, from, to) => many.get(orderId, from, to)?.["n"] as number,
		drop: ({ orderId, job }) => void remove.run(orderId, job),
		saltOf({ orderId, job }) {
			const known = salt.get(orderId, job)?.["salt"] as Hex | undefined;
			if (known) return known;
			const made: Hex = `0x${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex")}`;
			keep.run(orderId, job, made);
			return made;
		},
	};
}
