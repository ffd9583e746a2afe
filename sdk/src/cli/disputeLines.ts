import { zeroHash } from "viem";
import type { DisputeStory } from "../actions/getDisputes.ts";
import type { GetPanelReturnType, PanelSeat } from "../actions/getPanel.ts";
import type { Verdict } from "../chain/disputes.ts";
import { cidOfDigest, DAG_PB } from "../storage/block.ts";
import { moneyLines } from "./disputeMoney.ts";
import { nextLines } from "./disputeNext.ts";
import { formatTime, statusWord } from "./words.ts";

type Amount = (baseUnits: bigint) => string;

export type DisputeView = {
	/** "0x…/0". */
	job: string;
	/** The chain's clock, unix seconds. */
	now: number;
	amount: Amount;
	consumer: string;
	/** Set aside for the job, base units. */
	price: bigint;
	/** What became of the job, once no dispute keeps it: one sentence. */
	outcome: string;
};

const meanings: Record<Verdict, string> = {
	invalid: "the result is wrong",
	valid: "the result is right",
	unavailable: "the result was withheld",
	inconclusive: "nobody can tell, so the node is taken to be honest",
};

/** For who reads one line only. */
const summaries: Record<Verdict, string> = {
	invalid:
		"the node's result was wrong. It lost its whole stake, the consumer does not pay, and who found out was rewarded.",
	valid: "the node's result was right. It is paid, and who doubted it paid the jurors.",
	unavailable: "the node never handed over what it made. It is not paid and lost some of its stake.",
	inconclusive:
		"the jurors could not settle it. The node is taken to be honest and paid; who doubted it paid the jurors.",
};

/** A dispute for somebody who knows nothing of it: what was claimed, what each juror got, where the money went. */
export function disputeLines(story: DisputeStory, view: DisputeView): string[] {
	const { dispute, challenged, rounds } = story;
	return [
		`Task ${challenged.index} of job ${view.job} was challenged.`,
		`In short: ${summaryOf(story)}`,
		`The dispute's id is ${dispute}.`,
		"",
		"What was claimed",
		...claimLines(story, view),
		"",
		"What the jurors got",
		...(rounds.length === 0 ? [`  Arbiter ${challenged.arbiter} decides this one; it draws no jurors.`] : []),
		...rounds.flatMap((round) => roundLines(story, round, view)),
		"",
		...endLines(story, view),
	];
}

function summaryOf({ ended }: DisputeStory): string {
	if (!ended)
		return "a node's result is doubted, and other nodes run the task again to find out. Nobody is paid meanwhile.";
	return ended.verdict
		? summaries[ended.verdict]
		: "the job ended another way before this was decided; the bond went back.";
}

function claimLines({ accused, challenged, challengedAt }: DisputeStory, view: DisputeView): string[] {
	const { consumer, price, amount } = view;
	const { index, withheld, outputDigest, status, challenger, bond } = challenged;
	const { node, at, pay } = accused;
	return [
		`  Consumer ${consumer} ordered the job and set ${amount(price)} aside for it.`,
		`  Node ${node} handed in a result on ${formatTime(at)}, to be paid ${amount(pay)}${withheld ? "." : ":"}`,
		...(withheld ? [] : [`    task ${index} ended with "${statusWord(status)}" and left ${cidText(outputDigest)}`]),
		`  Challenger ${challenger} put a bond of ${amount(bond)} on it on ${formatTime(challengedAt)}`,
		withheld
			? `  that nobody can get what came of task ${index}.`
			: "  that this is wrong, or that nobody can get what the node says it left.",
	];
}

function roundLines(story: DisputeStory, panel: GetPanelReturnType, { now, amount }: DisputeView): string[] {
	const { round, wanted, commitBy, seats, verdict, endedAt } = panel;
	const { appeal, challenged } = story;
	const called =
		appeal && round === 1
			? ["", `  On ${formatTime(appeal.at)} ${appeal.appellant} appealed, for a bond of ${amount(appeal.bond)}.`]
			: [];
	if (commitBy === 0) return [...called, `  ${wanted} jurors are being drawn.`];
	const decided = endedAt !== 0 && now >= endedAt;
	const enough = Math.ceil((2 * wanted) / 3);
	return [
		...called,
		`  ${seats.length} nodes were drawn by lot: each of another owner, and none of somebody who has a part in this.`,
		`  Each ${decided ? "ran" : "runs"} the task again by itself, and ${decided ? "sealed" : "seals"} its answer before it could see another's:`,
		...seats.map((seat) => `    ${seat.node}  ${seatWords(seat, challenged.outputDigest, decided)}`),
		...(decided
			? [
					`  ${tally(seats, wanted)}: ${verdict.toUpperCase()}, ${meanings[verdict]}.`,
					...(verdict === "inconclusive"
						? [
								`  (WRONG takes ${enough} of ${wanted} with the same outputs, WITHHELD ${enough}, RIGHT more than half.)`,
							]
						: []),
				]
			: []),
	];
}

const answers: Record<Verdict, string> = {
	invalid: "WRONG",
	valid: "RIGHT",
	unavailable: "WITHHELD",
	inconclusive: "CANNOT TELL",
};

function seatWords({ committed, revealed, vote, digest }: PanelSeat, claimed: string, decided: boolean): string {
	if (!revealed) {
		if (decided) return committed ? "never opened its answer" : "never answered";
		return committed ? "has sealed its answer" : "has not answered yet";
	}
	const got = digest === zeroHash ? "" : digest === claimed ? ": got the same outputs" : `: got ${cidText(digest)}`;
	return `${answers[vote]}${got}`;
}

/** "2 of 3 said WRONG, 1 RIGHT". */
function tally(seats: readonly PanelSeat[], wanted: number): string {
	const groups = Map.groupBy(seats, ({ revealed, vote }) => (revealed ? answers[vote] : "nothing"));
	const counts = [...groups].map(([answer, those]) => [those.length, answer] as const).sort(([a], [b]) => b - a);
	return counts
		.map(([count, answer], n) => (n === 0 ? `${count} of ${wanted} said ${answer}` : `${count} ${answer}`))
		.join(", ");
}

function endLines(story: DisputeStory, view: DisputeView): string[] {
	const { ended } = story;
	const { amount, outcome } = view;
	if (!ended) return ["What happens next", ...nextLines(story, view).map((line) => `  ${line}`)];
	if (ended.verdict === undefined)
		return [
			"Where the money went",
			`  The job ended before anybody decided this. On ${formatTime(ended.at)} ${amount(ended.bond + ended.appealBond)} went back to`,
			"  who had put it up, and no juror was paid.",
			`  ${outcome}`,
		];
	return [
		"Where the money went",
		`  The verdict became final on ${formatTime(ended.at)}: ${ended.verdict.toUpperCase()}, ${meanings[ended.verdict]}.`,
		...moneyLines(story, ended, amount),
		`  ${outcome}`,
	];
}

const cidText = (digest: `0x${string}`): string => cidOfDigest(DAG_PB, digest).toString();
