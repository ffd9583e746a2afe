import { zeroHash } from "viem";
import type { GetPanelReturnType, PanelSeat } from "../actions/getPanel.ts";
import type { Verdict } from "../chain/disputes.ts";
import { cidOfDigest, DAG_PB } from "../storage/block.ts";
import type { DisputeStory } from "./disputes.ts";
import { formatTime, statusWord } from "./words.ts";

type Amount = (baseUnits: bigint) => string;

const meanings: Record<Verdict, string> = {
	invalid: "the result is wrong",
	valid: "the result is right",
	unavailable: "the result was withheld",
	inconclusive: "nobody could tell, so the node is presumed honest",
};

/** A dispute for somebody who knows nothing of it: who claimed what, what the jurors got, where the money went. */
export function disputeLines(
	{ dispute, challenged, challengedAt, rounds, ended }: DisputeStory,
	amount: Amount,
): string[] {
	const { index, withheld, outputDigest, status, challenger, bond, deadline } = challenged;
	const claim = withheld
		? `Its node reported a result of task ${index}, and the challenger says that nobody can get it.`
		: `Its node says that task ${index} ended as "${statusWord(status)}" and left ${cidText(outputDigest)}.`;
	return [
		`Dispute ${dispute}`,
		`  ${claim}`,
		`  ${challenger} doubted that on ${formatTime(challengedAt)} and put ${amount(bond)} on it.`,
		...rounds.flatMap((round) => roundLines(round)),
		...(ended
			? endLines(ended, bond, amount)
			: [`  Open. Without a verdict by ${formatTime(deadline)} the node is paid.`]),
	];
}

function roundLines({ round, wanted, commitBy, seats, verdict }: GetPanelReturnType): string[] {
	const name = round === 0 ? "Panel" : "Appeal";
	if (commitBy === 0) return [`  ${name}: ${wanted} jurors are being drawn.`];
	return [
		`  ${name} of ${seats.length}, drawn by lot from the class; each ran the task again by itself:`,
		...seats.map((seat) => `    ${seat.node}  ${seatWords(seat)}`),
		`    together: ${verdict.toUpperCase()}, ${meanings[verdict]}`,
	];
}

function seatWords({ committed, revealed, vote, digest }: PanelSeat): string {
	if (!revealed) return committed ? "has sealed a vote" : "has not voted";
	if (vote === "inconclusive") return "abstained: could not tell";
	const got = digest === zeroHash ? "" : `, got ${cidText(digest)}`;
	return `says ${vote.toUpperCase()}${got}`;
}

function endLines(ended: NonNullable<DisputeStory["ended"]>, bond: bigint, amount: Amount): string[] {
	const { verdict, at, split, refund } = ended;
	const { slashed, toConsumer, toChallenger, toAppellant, toOwner, toJurors, toPool } = split;
	const moves: [bigint, string][] = [
		[slashed, "taken from the node's stake"],
		[refund ?? 0n, "back to the consumer, who does not pay for this job"],
		[toConsumer, "to the consumer, as compensation"],
		[toChallenger, `to the challenger${toChallenger >= bond ? ", bond included" : ", what is left of the bond"}`],
		[toAppellant, "back to who appealed"],
		[toOwner, "to the node's owner, out of the challenger's bond"],
		[toJurors, "to the jurors"],
		[toPool, "to the pool that pays for audits"],
	];
	return [
		`  Verdict on ${formatTime(at)}: ${verdict.toUpperCase()}, ${meanings[verdict]}.`,
		...moves.flatMap(([sum, what]) => (sum > 0n ? [`    ${amount(sum).padStart(16)}  ${what}`] : [])),
		...(verdict === "invalid" ? ["  The node is jailed: it gets no more work, and its unpaid jobs are void."] : []),
		...(verdict === "valid" || verdict === "inconclusive"
			? ["  The node is paid for the job when its window is over."]
			: []),
	];
}

const cidText = (digest: `0x${string}`): string => cidOfDigest(DAG_PB, digest).toString();
