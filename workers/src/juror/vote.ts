import { resultStatus, type Vote } from "depin";
import type { Comparison, Match } from "depin/jobs";
import { type Hex, zeroHash } from "viem";

/** What came of running the task again: how it ended, or why it could not run here. */
export type Obtained = { digest: Hex; status: number; seconds: number } | { impossible: string };

/** All that a juror knows of a disputed task when it votes. */
export type Finding = {
	match: Match;
	/** Seconds the container may run. */
	timeout: number;
	/** Whether statement and outputs can be had by anybody. */
	published: boolean;
	/** What the result says of the task; undefined when the challenge is that it was never published. */
	claimed: { digest: Hex; status: number } | undefined;
	/** Undefined where running it again could not matter. */
	obtained: Obtained | undefined;
	/** Undefined where there was nothing to compare. */
	comparison: Comparison | undefined;
};

/** A vote, and why, in words that a person reads. */
export type Reasoned = { vote: Vote; because: string };

/**
 * The vote that a finding asks for. Who cannot tell abstains: a stake is burnt on two thirds of the jurors, and none of
 * them may guess. A result that is wrong whatever was published is INVALID, so that withholding saves no cheat.
 */
export function voteOf(finding: Finding): Reasoned {
	const { claimed, published } = finding;
	if (!claimed) {
		if (published) return vote("valid", zeroHash, "everything that was called withheld is there");
		return vote("unavailable", zeroHash, "nobody can have the result");
	}
	const judged = judge(finding, claimed);
	if (judged.vote.verdict === "invalid" || published) return judged;
	return vote("unavailable", zeroHash, "nobody can have what the node says it handed in");
}

function judge({ match, timeout, obtained, comparison }: Finding, claimed: { digest: Hex; status: number }): Reasoned {
	if (match === "none") return abstain("the spec promises nothing about outputs");
	if (claimed.status === resultStatus.stopped) return abstain("a stop cannot be repeated");
	if (!obtained) return abstain("the task was not run again");
	if ("impossible" in obtained) return abstain(`the task cannot be run here: ${obtained.impossible}`);
	const { digest, status, seconds } = obtained;
	const invalid = (because: string) => vote("invalid", match === "exact" ? digest : zeroHash, because);
	if (status !== claimed.status) {
		// A slow machine must convict nobody, and near the limit either may be right.
		if (status === resultStatus.timeout) return abstain("the task takes too long here");
		if (status === resultStatus.outOfMemory) return abstain("the task runs out of memory here");
		const near = claimed.status === resultStatus.timeout && seconds * 2 > timeout;
		if (near) return abstain(`the task took ${seconds} of ${timeout} s here, too near to call`);
		return invalid(`the task ends with status ${status}, the result says ${claimed.status}`);
	}
	// What lies there when a run is cut short is a matter of the moment.
	if (status === resultStatus.timeout || status === resultStatus.outOfMemory)
		return vote("valid", digest, "the task ends the same way here");
	if (!comparison || comparison.verdict === "undecided")
		return abstain(comparison?.detail ?? "nothing can be compared");
	if (comparison.verdict === "different") return invalid(comparison.detail);
	return vote("valid", digest, comparison.detail);
}

function vote(verdict: Vote["verdict"], digest: Hex, because: string): Reasoned {
	return { vote: { verdict, digest }, because };
}

const abstain = (because: string) => vote("inconclusive", zeroHash, because);
