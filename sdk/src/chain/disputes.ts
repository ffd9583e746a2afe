import { type Address, encodeAbiParameters, type Hex, keccak256 } from "viem";

/** Names of a `Verdict`, by its number on chain. A juror's own `inconclusive` abstains. */
export const verdicts = ["inconclusive", "valid", "invalid", "unavailable"] as const;
export type Verdict = (typeof verdicts)[number];

export function verdictName(verdict: number): Verdict {
	const name = verdicts[verdict];
	if (name === undefined) throw new RangeError(`the chain returned an unknown verdict ${verdict}`);
	return name;
}

export const verdictCode = (verdict: Verdict): number => verdicts.indexOf(verdict);

/** What a juror finds. `digest`: of the outputs it got; zero when it got none, or compared by a metric. */
export type Vote = { verdict: Verdict; digest: Hex };

/** What a juror commits to: nobody can tell the vote from it, and nobody else can open it. */
export function voteCommitment(ballot: { dispute: Hex; round: number; node: Address; vote: Vote; salt: Hex }): Hex {
	const { dispute, round, node, vote, salt } = ballot;
	const types = [
		{ type: "bytes32" },
		{ type: "uint8" },
		{ type: "address" },
		{ type: "uint8" },
		{ type: "bytes32" },
		{ type: "bytes32" },
	] as const;
	return keccak256(encodeAbiParameters(types, [dispute, round, node, verdictCode(vote.verdict), vote.digest, salt]));
}

/** What a replica's node commits to: the digest of its whole result, which names order, job and node. */
export function resultCommitment(digest: Hex, salt: Hex): Hex {
	return keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "bytes32" }], [digest, salt]));
}

/** What is known of a replica between its commit and the tally; the chain keeps its hash only. Times in unix seconds. */
export type Seal = {
	job: number;
	node: Address;
	claimedAt: number;
	committedAt: number;
	/** Whether its consumer had asked it to stop. */
	stopped: boolean;
	commitment: Hex;
};

/** One task's leaf in the order's tree and, unless withheld, in the result's. */
export type LeafProof = {
	index: bigint;
	specDigest: Hex;
	/** The result's tree or its outputs were never published: nothing below is claimed. */
	withheld: boolean;
	outputDigest: Hex;
	status: number;
	taskProof: readonly Hex[];
	resultProof: readonly Hex[];
};
