import type { Verdict } from "depin";
import type { Address, Hex } from "viem";
import type { Journal } from "../node/journal.ts";
import type { MarketEvent } from "../runtime/watchMarket.ts";
import type { Reasoned } from "./vote.ts";

/** A challenge of one task, as its event told. */
export type OpenDispute = {
	dispute: Hex;
	orderId: Hex;
	job: number;
	arbiter: Address;
	/** Of the task, over the whole order. */
	index: number;
	/** What the result says of the task; undefined when it is said to be withheld. */
	claimed: { digest: Hex; status: number } | undefined;
};

/** A vote as it was decided on, with what opens it. Never changes once written. */
export type Ballot = Reasoned & { salt: Hex };

/** Open disputes and our votes in them, on disk: a vote must be opened as it was committed, whatever happens between. */
export type Duties = {
	/** Takes the events of some blocks; call in the transaction that stores the cursor. */
	apply(events: readonly MarketEvent[]): void;
	undo(toBlock: bigint): void;
	open(): OpenDispute[];
	ballot(dispute: Hex, round: number): Ballot | undefined;
	/** Keeps the first vote of a round; a later one is passed over. */
	keep(dispute: Hex, round: number, vote: Reasoned): Ballot;
};

export function createDuties({ db }: Journal): Duties {
	const insert = db.prepare("INSERT OR IGNORE INTO disputes VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)");
	const close = db.prepare("UPDATE disputes SET closed_block = ? WHERE dispute = ?");
	const open = db.prepare("SELECT * FROM disputes WHERE closed_block IS NULL ORDER BY block, dispute");
	const one = db.prepare("SELECT * FROM ballots WHERE dispute = ? AND round = ?");
	const put = db.prepare("INSERT OR IGNORE INTO ballots VALUES (?, ?, ?, ?, ?, ?)");

	function ballot(dispute: Hex, round: number): Ballot | undefined {
		const row = one.get(dispute, round);
		if (!row) return undefined;
		return {
			vote: { verdict: row["verdict"] as Verdict, digest: row["digest"] as Hex },
			because: row["because"] as string,
			salt: row["salt"] as Hex,
		};
	}

	return {
		apply(events) {
			for (const { eventName, args, blockNumber } of events) {
				if (eventName === "Challenged") {
					const { dispute, id, job, arbiter, index, withheld, outputDigest, status } = args;
					const claimed = withheld ? [null, null] : [outputDigest, status];
					insert.run(dispute, id, job, arbiter, Number(index), ...(claimed as [string, number]), Number(blockNumber));
				}
				if (eventName === "Resolved" || eventName === "Reclaimed") close.run(Number(blockNumber), args.dispute);
			}
		},
		undo(toBlock) {
			db.prepare("DELETE FROM disputes WHERE block > ?").run(Number(toBlock));
			db.prepare("UPDATE disputes SET closed_block = NULL WHERE closed_block > ?").run(Number(toBlock));
		},
		open: () =>
			open.all().map((row) => ({
				dispute: row["dispute"] as Hex,
				orderId: row["order_id"] as Hex,
				job: row["job"] as number,
				arbiter: row["arbiter"] as Address,
				index: row["task"] as number,
				claimed: row["digest"] === null ? undefined : { digest: row["digest"] as Hex, status: row["status"] as number },
			})),
		ballot,
		keep(dispute, round, { vote, because }) {
			const salt = `0x${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex")}`;
			put.run(dispute, round, vote.verdict, vote.digest, because, salt);
			const kept = ballot(dispute, round);
			if (!kept) throw new Error("a vote just written is gone");
			return kept;
		},
	};
}
