// Supply, demand and prices of the hardware classes, now and over time.
import { z } from "zod";
import { amount, oneOf, whole, wholeFrom } from "./values.ts";

/** Seconds of one point of a series. */
export const bucketSeconds = { hour: 3_600, day: 86_400 } as const;
/** Most points of one answer. */
export const MAX_POINTS = 400;

const average = z.number().nonnegative();
/** Null where there is nothing to take it of. */
const ratio = z.number().min(0).nullable();

/** One stretch of time of one class. Levels are averages over the stretch, weighted by how long they lasted. */
export const statsPointSchema = z.object({
	start: whole,
	end: whole.describe("exclusive; the time of the last block read where the stretch is not over"),
	nodes: average.describe("active nodes"),
	seats: average.describe("jobs that the active nodes take at once"),
	open: average.describe("jobs on offer, those over time that nobody closed yet among them"),
	running: average.describe("jobs claimed and not reported yet"),
	utilisation: ratio.describe("running over seats; above 1 while nodes that left still run"),
	posted: whole.describe("jobs put on offer"),
	claimed: whole,
	pricePerSecond: amount.nullable().describe("at which metered jobs were claimed, on average, rounded down"),
	pricePerJob: amount.nullable().describe("at which jobs of a fixed price were claimed, on average, rounded down"),
	claimSeconds: ratio.describe("from offer to claim, on average"),
	startSeconds: ratio.describe("from claim to the container's start as its node says, on average"),
	jobsOk: whole,
	jobsFailed: whole,
	jobsReopened: whole,
	jobsExpired: whole,
	jobsVoided: whole,
	successRate: ratio.describe("jobsOk over all that ended"),
	pay: amount.describe("of the jobs settled, fee included"),
});

/** `/v1/stats`: a class as it stands, and its last 24 hours, the current one included. */
export const classStatsSchema = z.object({
	class: whole,
	nodes: whole,
	seats: whole,
	open: whole,
	running: whole,
	utilisation: ratio,
	day: statsPointSchema,
});

/** `/v1/stats/series`, oldest first and without gaps. */
export const seriesSchema = z.object({
	class: whole,
	bucket: z.enum(["hour", "day"]),
	points: z.array(statsPointSchema).max(MAX_POINTS),
});

const time = wholeFrom(0, 2 ** 40);
export const seriesQuery = z.strictObject({
	class: wholeFrom(0, 65_535),
	bucket: oneOf(["hour", "day"]).default("hour"),
	from: time.optional().describe("unix seconds, rounded down to the bucket; by default 24 buckets before `to`"),
	to: time.optional().describe("unix seconds, rounded up to the bucket; by default the time of the last block read"),
});

export type SeriesQuery = z.input<typeof seriesQuery>;
export type StatsPointJson = z.input<typeof statsPointSchema>;
export type ClassStatsJson = z.input<typeof classStatsSchema>;
export type SeriesJson = z.input<typeof seriesSchema>;
