// What supply and demand of a class were over time: every event that changes them is added to its hour.
import { classHour, classLevel } from "ponder:schema";
import { sum } from "./ledger.ts";
import { type Db, type Moment, momentOf } from "./timeline.ts";

type Level = Omit<typeof classLevel.$inferSelect, "class" | "since">;
type Hour = Omit<typeof classHour.$inferSelect, "class" | "start" | "until" | keyof Level>;
type Passed = "nodeSeconds" | "seatSeconds" | "openSeconds" | "runningSeconds";
/** By how much levels change from now on, and what happened now. */
export type Change = Partial<Level & Omit<Hour, Passed>>;

const HOUR = 3_600;
const noLevel: Level = { nodes: 0, seats: 0, open: 0, running: 0 };
const noHour: Hour = {
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
	const { nodes = 0, seats = 0, open = 0, running = 0, ...flow } = change;
	const start = time - (time % HOUR);
	const { class: _, since, ...before } = { ...noLevel, since: start, ...(await db.find(classLevel, { class: id })) };
	const seconds = time - Math.max(start, since);
	const passed: Pick<Hour, Passed> = {
		nodeSeconds: before.nodes * seconds,
		seatSeconds: before.seats * seconds,
		openSeconds: before.open * seconds,
		runningSeconds: before.running * seconds,
	};
	const level = sum(before, { nodes, seats, open, running });
	const added = { ...passed, ...flow };
	await db
		.insert(classLevel)
		.values({ class: id, ...level, since: time })
		.onConflictDoUpdate({ ...level, since: time });
	await db
		.insert(classHour)
		.values({ class: id, start, until: time, ...noHour, ...added, ...level })
		.onConflictDoUpdate((row) => ({ ...sum(row, added), ...level, until: time }));
}

type Counts = { unclaimed: number; running: number };

/** What a job's move changes in its class. */
export function levelsOf(before: Counts, after: Counts): Pick<Level, "open" | "running"> {
	return { open: after.unclaimed - before.unclaimed, running: after.running - before.running };
}
