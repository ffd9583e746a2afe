// Supply, demand and prices of the classes.

import { db } from "ponder:api";
import { classHour, classRecord, latestHour } from "ponder:schema";
import { bucketSeconds, type ClassStatsJson, MAX_POINTS, routes, type SeriesJson } from "depin/indexer";
import { Hono } from "hono";
import { and, asc, desc, eq, gt, gte, inArray, lt } from "ponder";
import { readAsked } from "../../http/asked.ts";
import { misread, Refusal } from "../../http/refusal.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { indexed } from "./market.ts";
import { answerPage } from "./pages.ts";
import { type Hour, hourOf, type Levels, noLevels, pointsOf, share, stretchesOf } from "./series.ts";

const DAY_HOURS = 24;
const SORT = "class";

export const statsRoutes = new Hono()
	.get("/stats", async (c) => {
		const { limit, cursor } = readAsked(c, routes.stats);
		const { time } = await indexed();
		const [last] = cursor === undefined ? [] : readCursor(cursor, SORT, ["PgInteger"]);
		const rows = await db
			.select({ hour: classHour })
			.from(latestHour)
			.innerJoin(classHour, and(eq(classHour.class, latestHour.class), eq(classHour.start, latestHour.start)))
			.where(last === undefined ? undefined : gt(latestHour.class, Number(last)))
			.orderBy(asc(latestHour.class))
			.limit(limit + 1);
		const shown = rows.slice(0, limit).map(({ hour }) => hour);
		const from = hourOf(time) - (DAY_HOURS - 1) * bucketSeconds.hour;
		const ids = shown.map(({ class: id }) => id);
		const hours = await db
			.select()
			.from(classHour)
			.where(and(inArray(classHour.class, ids), gte(classHour.start, from)))
			.orderBy(asc(classHour.start));
		const items = await Promise.all(
			shown.map(async ({ class: id, nodes, seats, open, running }): Promise<ClassStatsJson> => {
				const mine = hours.filter((hour) => hour.class === id);
				const [day] = pointsOf(mine, await levelsBefore(id, from), [{ start: from, end: time }]);
				if (!day) throw new Error("one stretch makes one point");
				return { class: id, nodes, seats, open, running, utilisation: share(running, seats), day };
			}),
		);
		const next = rows.length > limit ? shown.at(-1) : undefined;
		return answerPage(c, { items, nextCursor: next === undefined ? null : writeCursor(SORT, [next.class]) });
	})
	.get("/stats/series", async (c) => {
		const { class: id, bucket, ...asked } = readAsked(c, routes.series);
		const { time } = await indexed();
		const step = bucketSeconds[bucket];
		const to = Math.ceil((asked.to ?? time + 1) / step) * step;
		const wanted = asked.from ?? Math.max(0, to - DAY_HOURS * step);
		const from = wanted - (wanted % step);
		if (from >= to) throw misread([{ path: "from", message: "expected a time before `to`" }]);
		if ((to - from) / step > MAX_POINTS)
			throw misread([{ path: "from", message: `expected at most ${MAX_POINTS} buckets before \`to\`` }]);
		const [known] = await db.select({ id: classRecord.id }).from(classRecord).where(eq(classRecord.id, id));
		if (!known) throw new Refusal(404, `no class ${id} was set up to the block this mirror has read`);
		const hours = await hoursOf(id, from, to);
		const points = pointsOf(hours, await levelsBefore(id, from), stretchesOf(from, to, step, time));
		return c.json<SeriesJson>({ class: id, bucket, points });
	});

function hoursOf(id: number, from: number, to: number): Promise<Hour[]> {
	return db
		.select()
		.from(classHour)
		.where(and(eq(classHour.class, id), gte(classHour.start, from), lt(classHour.start, to)))
		.orderBy(asc(classHour.start));
}

async function levelsBefore(id: number, time: number): Promise<Levels> {
	const [hour] = await db
		.select()
		.from(classHour)
		.where(and(eq(classHour.class, id), lt(classHour.start, time)))
		.orderBy(desc(classHour.start))
		.limit(1);
	return hour ?? noLevels;
}
