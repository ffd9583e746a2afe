import { STAKE_LOST } from "depin";

/** A class of nodes, some of which cheat together, and the job they are tempted by. Amounts in prices of one job. */
export type World = {
	nodes: number;
	/** Share of the nodes that cheat, and that vote for each other as jurors. */
	cheats: number;
	/** Chance that an honest juror votes at all. */
	present: number;
	/** Of the price, what a cheat saves by not doing the work. */
	saved: number;
	/** Of one node. */
	stake: number;
	/** Other jobs of the node that are unpaid, and void, when it is convicted. */
	unpaid: number;
};

/** The final panel: whoever loses the first round of 3 appeals, so these 7 decide. */
const PANEL = 7;
const NEEDED = 5;

/** Chance that the final panel convicts, if jurors were drawn independently: the formula's side. */
export function convictionOf({ cheats, present }: Pick<World, "cheats" | "present">): number {
	const guilty = (1 - cheats) * present;
	let sum = 0;
	for (let votes = NEEDED; votes <= PANEL; votes += 1)
		sum += choose(PANEL, votes) * guilty ** votes * (1 - guilty) ** (PANEL - votes);
	return sum;
}

function choose(n: number, k: number): number {
	return k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k;
}

/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** What a node that cheats on every job gains over one that works, per job, when a share of the jobs is looked at. */
export function gainOfCheating(world: World, checked: number, jobs: number, seed: number): number {
	const [luck, draws] = [randomOf(seed), randomOf(seed + 1)];
	const honest = 1 - world.saved;
	let gain = 0;
	for (let job = 0; job < jobs; job += 1) {
		const cheating = luck() < checked && convicts(world, draws) ? -STAKE_LOST * world.stake - world.unpaid : 1;
		gain += cheating - honest;
	}
	return gain / jobs;
}

/** Draws the panel among the other nodes, each at most once. */
function convicts({ nodes, cheats, present }: World, draw: () => number): boolean {
	let [left, dishonest] = [nodes - 1, Math.round(nodes * cheats) - 1];
	let votes = 0;
	for (let seat = 0; seat < PANEL; seat += 1) {
		const bribed = draw() * left < dishonest;
		left -= 1;
		if (bribed) dishonest -= 1;
		else if (draw() < present) votes += 1;
	}
	return votes >= NEEDED;
}

/** Convictions that an estimate should rest on: their number scatters by 1.6 %. */
const CONVICTIONS = 4_000;
const HALVINGS = 12;

/** The share of jobs looked at, at which cheating gains nothing, found by trying; undefined when it always gains. */
export function simulatedBreakEven(world: World, guess: number, seed: number): number | undefined {
	const jobs = Math.ceil(CONVICTIONS / guess);
	let [low, high] = [0, Math.min(1, guess * 4)];
	if (gainOfCheating(world, high, jobs, seed) > 0) return undefined;
	for (let halving = 0; halving < HALVINGS; halving += 1) {
		const middle = (low + high) / 2;
		if (gainOfCheating(world, middle, jobs, seed) > 0) low = middle;
		else high = middle;
	}
	return (low + high) / 2;
}
