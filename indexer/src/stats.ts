// What supply and demand of a class were over time: every event that changes them is added to its hour.
import { classHour, latestHour } from "ponder:schema";
import { sum } from "./ledger.ts";
import { type Db, type Moment, momentOf } from "./timeline.ts";

type Hour = typeof classHour.$inferSelect;
type Level = Pick<Hour, "nodes" | "seats" | "open" | "running">;
type Passed = Pick<Hour, "nodeSeconds" | "seatSeconds" | "openSeconds" | "runningSeconds">;
type Flow = Omit<Hour, "class" | "start" | "until" | keyof Level | keyof Passed>;
/** By how much levels change from now on, and what happened now. */
export type Change = Partial<Level & Flow>;

const HOUR = 3_600;
const noLevel: Level = { nodes: 0, seats: 0, open: 0, running: 0 };
const nothing: Passed & Flow = {
	nodeSeconds: 0,
	seatSeconds: 0,
	openSeconds: 0,
	runningSeconds: 0,
	posted: 0,
	claimed: 0,
	claimSeconds: 0,
	meteredClaims: 0,
	meteredPrice: 0n,
	fixedPrice: 0n,
	started: 0,
	startSeconds: 0,
	jobsOk: 0,
	jobsFailed: 0,
	jobsReopened: 0,
	jobsExpired: 0,
	jobsVoided: 0,
	pay: 0n,
};

/** Adds what an event says of a class to the hour it happened in. */
export async function record(db: Db, event: Moment, id: number, change: Change): Promise<void> {
	const { time } = momentOf(event);
	const start = time - (time % HOUR);
	const latest = await db.find(latestHour, { class: id });
	if (latest?.start !== start) await begin(db, { class: id, start }, latest?.start);
	await db.update(classHour, { class: id, start }).set((row) => {
		const seconds = time - row.until;
		const passed: Passed = {
			nodeSeconds: row.nodes * seconds,
			seatSeconds: row.seats * seconds,
			openSeconds: row.open * seconds,
			runningSeconds: row.running * seconds,
		};
		return { ...sum(row, { ...passed, ...change }), until: time };
	});
}

/** Opens an hour of a class with the levels that the last one left. */
async function begin(db: Db, hour: { class: number; start: number }, last: number | undefined): Promise<void> {
	const before = last === undefined ? null : await db.find(classHour, { ...hour, start: last });
	const { nodes, seats, open, running } = before ?? noLevel;
	await db.insert(classHour).values({ ...hour, until: hour.start, nodes, seats, open, running, ...nothing });
	await db.insert(latestHour).values(hour).onConflictDoUpdate({ start: hour.start });
}

type Counts = { unclaimed: number; running: number };

/** What a job's move changes in its class. */
export function levelsOf(before: Counts, after: Counts): Pick<Level, "open" | "running"> {
	return { open: after.unclaimed - before.unclaimed, running: after.running - before.running };
}
