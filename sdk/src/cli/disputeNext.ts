import type { DisputeStory } from "../actions/getDisputes.ts";
import type { DisputeView } from "./disputeLines.ts";
import { formatSpan, formatTime } from "./words.ts";

/** What an open dispute waits for, until when, and what anybody can do about it. */
export function nextLines(
	{ challenged, rounds, appealFor }: DisputeStory,
	{ job, now, amount, outcome }: DisputeView,
): string[] {
	const panel = rounds.at(-1);
	const { deadline, bond } = challenged;
	if (now >= deadline) return [`Nobody decided by ${formatTime(deadline)}, so the job is settled as it is. ${outcome}`];
	const silence = `If nobody decides by ${formatTime(deadline)}, the node is paid and the bonds go back.`;
	if (!panel) return [silence];
	const { round, commitBy, revealFrom, revealBy, endedAt, seats } = panel;
	if (commitBy === 0) return ["Jurors are drawn once the randomness for it is public; a keeper does it.", silence];
	const left = (time: number) => `${formatTime(time)}, ${formatSpan(Math.max(0, time - now))} from now`;
	if (now < revealFrom && seats.some(({ committed }) => !committed))
		return [`The jurors have until ${left(commitBy)}, to run the task and seal what they got.`, silence];
	if (now < endedAt) return [`The jurors have until ${left(revealBy)}, to open their answers.`, silence];
	const until = endedAt + appealFor;
	if (round === 0 && now < until)
		return [
			`This is final unless somebody appeals by ${left(until)}:`,
			`  depin dispute appeal ${job}    seven other jurors, for a bond of ${amount(2n * bond)}`,
			"Then the money moves.",
		];
	return ["The answers are final. A keeper tells the Market, and the money moves; anybody may.", silence];
}
