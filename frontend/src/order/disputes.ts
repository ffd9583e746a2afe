// Disputes of one job, as its events tell them: from the chain or from the indexer's copy, where numbers are text.
import { type Verdict, verdictName } from "depin";
import type { Address, Hex } from "viem";
import type { Entry } from "./orderView.ts";

export type Dispute = {
	id: Hex;
	arbiter: Address;
	challenger: Address;
	/** Of the task, over the whole order. */
	task: number;
	withheld: boolean;
	bond: bigint;
	/** Without a verdict by then the node is paid; unix seconds. */
	deadline: number;
	/** Undefined while it is open. */
	verdict: Verdict | undefined;
};

/** Oldest first. */
export function disputesIn(entries: readonly Entry[]): Dispute[] {
	const ends = new Map(
		entries.flatMap(({ name, args }): [string, Verdict | undefined][] => {
			if (name === "Resolved") return [[String(args["dispute"]), verdictName(Number(args["verdict"]))]];
			return name === "Reclaimed" ? [[String(args["dispute"]), "inconclusive"]] : [];
		}),
	);
	return entries.flatMap(({ name, args }): Dispute[] => {
		if (name !== "Challenged") return [];
		const id = String(args["dispute"]) as Hex;
		return [
			{
				id,
				arbiter: String(args["arbiter"]) as Address,
				challenger: String(args["challenger"]) as Address,
				task: Number(args["index"]),
				withheld: args["withheld"] === true || args["withheld"] === "true",
				bond: BigInt(String(args["bond"])),
				deadline: Number(args["deadline"]),
				verdict: ends.get(id),
			},
		];
	});
}

export const verdictMeans: Record<Verdict, string> = {
	invalid: "the result is wrong",
	valid: "the result is right",
	unavailable: "the result was withheld",
	inconclusive: "nobody could tell, so the node is presumed honest",
};

const moves = {
	slashed: "taken from the node's stake",
	toConsumer: "to the consumer",
	toChallenger: "to the challenger",
	toAppellant: "back to who appealed",
	toOwner: "to the node's owner",
	toJurors: "to the jurors",
	toPool: "to the pool for audits",
};

/** Where a verdict sent the money: "1.00 dUSD to the jurors". */
export function movesOf(split: unknown, amount: (baseUnits: bigint) => string): string[] {
	if (typeof split !== "object" || split === null) return [];
	const sums = split as Readonly<Record<string, unknown>>;
	return Object.entries(moves).flatMap(([name, what]) => {
		const sum = BigInt(String(sums[name] ?? 0));
		return sum === 0n ? [] : [`${amount(sum)} ${what}`];
	});
}
