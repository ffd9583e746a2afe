// From the hours in which something happened to stretches of time without gaps.
import type { classHour } from "ponder:schema";
import type { StatsPointJson } from "depin/indexer";

export type Hour = typeof classHour.$inferSelect;
/** What stood at the end of an hour and stands until something happens again. */
export type Levels = Pick<Hour, "nodes" | "seats" | "open" | "running">;
type Stretch = { start: number; end: number };

const HOUR = 3_600;
export const noLevels: Levels = { nodes: 0, seats: 0, open: 0, running: 0 };
const levelNames = ["nodes", "seats", "open", "running"] as const;
const integrals = {
	nodes: "nodeSeconds",
	seats: "seatSeconds",
	open: "openSeconds",
	running: "runningSeconds",
} as const;

/**
 * A point for each stretch.
 * @param hours of the class from the first stretch's start on, by time
 * @param before what stood when the first stretch began
 * @param stretches one after the other, each of whole hours but for the end of the last
 */
export function pointsOf(hours: readonly Hour[], before: Levels, stretches: readonly Stretch[]): StatsPointJson[] {
	let levels = before;
	let next = 0;
	return stretches.map(({ start, end }) => {
		const mine: Hour[] = [];
		const sums = { ...noLevels };
		let reached = start;
		const pass = (until: number) => {
			for (const name of levelNames) sums[name] += levels[name] * Math.max(0, until - reached);
			reached = Math.max(reached, until);
		};
		for (let hour = hours[next]; hour !== undefined && hour.start < end; hour = hours[++next]) {
			pass(hour.start);
			for (const name of levelNames) sums[name] += hour[integrals[name]];
			reached = hour.until;
			levels = hour;
			mine.push(hour);
		}
		pass(end);
		const seconds = Math.max(end, reached) - start;
		return { start, end, ...averages(sums, seconds), ...flowsOf(mine) };
	});
}

function averages(sums: Levels, seconds: number): Levels & Pick<StatsPointJson, "utilisation"> {
	const over = (name: keyof Levels) => rounded(sums[name] / Math.max(1, seconds));
	const utilisation = share(sums.running, sums.seats);
	return { nodes: over("nodes"), seats: over("seats"), open: over("open"), running: over("running"), utilisation };
}

function flowsOf(hours: readonly Hour[]): Omit<StatsPointJson, "start" | "end" | keyof Levels | "utilisation"> {
	const count = (name: keyof Hour) => hours.reduce((sum, hour) => sum + Number(hour[name]), 0);
	const money = (name: "meteredPrice" | "fixedPrice" | "pay") => hours.reduce((sum, hour) => sum + hour[name], 0n);
	const [claimed, metered] = [count("claimed"), count("meteredClaims")];
	const [jobsOk, jobsFailed] = [count("jobsOk"), count("jobsFailed")];
	const [jobsReopened, jobsExpired, jobsVoided] = [count("jobsReopened"), count("jobsExpired"), count("jobsVoided")];
	return {
		posted: count("posted"),
		claimed,
		pricePerSecond: mean(money("meteredPrice"), metered),
		pricePerJob: mean(money("fixedPrice"), claimed - metered),
		claimSeconds: share(count("claimSeconds"), claimed),
		startSeconds: share(count("startSeconds"), count("started")),
		jobsOk,
		jobsFailed,
		jobsReopened,
		jobsExpired,
		jobsVoided,
		successRate: share(jobsOk, jobsOk + jobsFailed + jobsReopened + jobsExpired + jobsVoided),
		pay: `${money("pay")}`,
	};
}

export function share(part: number, of: number): number | null {
	return of === 0 ? null : rounded(part / of);
}

const mean = (sum: bigint, of: number) => (of === 0 ? null : `${sum / BigInt(of)}`);
const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

/** The hour that a moment lies in. */
export const hourOf = (time: number): number => time - (time % HOUR);

/** Stretches of `step` seconds from `from` to `to`; the last one ends at `now` if it is not over. */
export function stretchesOf(from: number, to: number, step: number, now: number): Stretch[] {
	const count = Math.max(0, Math.ceil((Math.min(to, now) - from) / step));
	return Array.from({ length: count }, (_, index) => {
		const start = from + index * step;
		return { start, end: Math.min(start + step, now) };
	});
}
