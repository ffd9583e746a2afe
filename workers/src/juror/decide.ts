import type { Reasoned } from "./vote.ts";

/** A juror's place in the round that runs, as the arbiter has it. Times are unix seconds. */
export type Standing = {
	/** Undefined unless this node was drawn. */
	seat: { committed: boolean; revealed: boolean } | undefined;
	concluded: boolean;
	/** 0 until the jurors are drawn. */
	commitBy: number;
	/** A vote that the data is withheld counts when it is committed from then on. */
	dataBy: number;
	revealFrom: number;
	revealBy: number;
};

/** What is to be done next. `missed`: a deadline is over; nothing can be mended. */
export type Step = "nothing" | "judge" | "commit" | "reveal" | "missed";

/** What a juror does now. Pure; `vote` is what the journal holds. */
export function nextStep(standing: Standing, vote: Reasoned | undefined, now: number): Step {
	const { seat, concluded, commitBy, dataBy, revealFrom, revealBy } = standing;
	if (!seat || concluded || commitBy === 0 || seat.revealed) return "nothing";
	if (!seat.committed) {
		if (now > commitBy) return "missed";
		if (!vote) return "judge";
		return vote.vote.verdict === "unavailable" && now < dataBy ? "nothing" : "commit";
	}
	// Without its salt a vote stays closed.
	if (now > revealBy || !vote) return "missed";
	return now >= revealFrom ? "reveal" : "nothing";
}
