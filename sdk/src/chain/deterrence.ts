/** Of what a job pays, a cheat saves at most so much by not doing the work. */
export const MOST_SAVED = 0.8;
/** Of a convicted node's stake, so much is really lost: a cheat may be its own consumer and challenger for the rest. */
export const STAKE_LOST = 0.6;
/** A wrong result that is looked at is convicted so often. */
export const CONVICTED = 0.9;

export type Temptation = {
	/** What the job pays, and what of it is saved by cheating; base units. */
	price: number;
	saved: number;
	/** The node's whole stake; base units. */
	stake: number;
	/** Chance that a wrong result which is looked at ends in INVALID. */
	conviction: number;
};

/**
 * The share of jobs that must be looked at for cheating to pay nothing: above it the cheat loses. A cheat that is
 * convicted loses the job's pay and its stake, so p x q x (price + stake lost) = saved at the break-even. Above 1: no
 * amount of looking is enough at this price.
 */
export function breakEven({ price, saved, stake, conviction }: Temptation): number {
	const atRisk = conviction * (price + STAKE_LOST * stake);
	return atRisk === 0 ? 0 : saved / atRisk;
}

/** The same in 1/10000 of the jobs, rounded up, for the worst cheat; undefined when none suffices. */
export function checksNeeded(price: bigint, stake: bigint): number | undefined {
	const worst = { price: Number(price), saved: MOST_SAVED * Number(price), stake: Number(stake) };
	const bps = Math.floor(breakEven({ ...worst, conviction: CONVICTED }) * 10_000) + 1;
	return bps > 10_000 ? undefined : bps;
}
