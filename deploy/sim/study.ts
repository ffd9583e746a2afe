import { breakEven, MOST_SAVED } from "depin";
import { convictionOf, simulatedBreakEven, type World } from "./simulate.ts";

/** One case of the study: the break-even by the formula and by trying. Shares of jobs that are looked at. */
export type Case = { cheats: number; stake: number; formula: number; simulated: number; withUnpaid: number };

export const SHARES = [0.05, 0.1, 0.2, 0.33];
export const STAKES = [20, 72, 250, 740];
const SEED = 20_261_121;
/** A node that holds so many more results unpaid risks them too. */
export const UNPAID = 8;

const base = { nodes: 200, present: 0.98, saved: MOST_SAVED, unpaid: 0 };

/** Tries every share of cheats against every stake. The same figures at each call. */
export function study(): Case[] {
	return SHARES.flatMap((cheats) => STAKES.map((stake) => caseOf({ ...base, cheats, stake })));
}

function caseOf(world: World): Case {
	const { cheats, stake, saved } = world;
	const formula = breakEven({ price: 1, saved, stake, conviction: convictionOf(world) });
	const tried = (unpaid: number) => simulatedBreakEven({ ...world, unpaid }, formula, SEED) ?? Number.NaN;
	return { cheats, stake, formula, simulated: tried(0), withUnpaid: tried(UNPAID) };
}
