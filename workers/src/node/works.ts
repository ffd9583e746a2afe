import { type Order, packTerms, type Receipt, type Result, type Terms, unpackTerms } from "depin";
import type { Hex } from "viem";
import type { Journal } from "./journal.ts";
import type { TaskReport } from "./runTask.ts";

/**
 * How far a job of ours has come. `claiming` is written before the claim is sent, `submitting` before the result is:
 * a kill in between is healed by asking the chain. `committed` waits for the siblings' seals, `revealed` for the tally,
 * `submitted` for money; the rest are ends.
 */
export type Step =
	| "claiming"
	| "running"
	| "submitting"
	| "committed"
	| "revealed"
	| "submitted"
	| "settled"
	| "lost"
	| "given-back";

export type Work = {
	orderId: Hex;
	job: number;
	step: Step;
	order: Order;
	uri: string;
	postedAt: number;
	/** Chain time; undefined until the claim is in a block we saw. */
	claimedAt: number | undefined;
	/** Submit by; moves with beats and with a stop. */
	deadline: number | undefined;
	/** The consumer asked to stop. */
	stopped: boolean;
	/** What was or will be submitted; never changes once written, so that a repeated submit says the same. */
	result: Result | undefined;
	/** As the chain took it; what settling needs. */
	receipt: Receipt | undefined;
	/** Anybody may settle from then on. */
	settleableAt: number | undefined;
	/** When it reached its end, chain time; content is kept for a day after. */
	endedAt: number | undefined;
};

export type WorkKey = Pick<Work, "orderId" | "job">;

/** `<orderId>/<n>`, as jobs are written everywhere. */
export const workId = ({ orderId, job }: WorkKey): string => `${orderId}/${job}`;

export const isEnded = (work: Pick<Work, "step">): boolean => ["settled", "lost", "given-back"].includes(work.step);

export type WorkStore = {
	get(key: WorkKey): Work | undefined;
	/** Not ended, oldest first. */
	live(): Work[];
	/** Ended before `time`, to be forgotten. */
	endedBefore(time: number): Work[];
	begin(work: Pick<Work, "orderId" | "job" | "order" | "uri" | "postedAt">): void;
	/** Writes only the fields given. */
	update(key: WorkKey, changes: Partial<Omit<Work, "orderId" | "job" | "order" | "uri" | "postedAt">>): void;
	forget(key: WorkKey): void;
	taskStartedAt(key: WorkKey, task: number): number | undefined;
	noteTaskStart(key: WorkKey, task: number, at: number): void;
	taskReport(key: WorkKey, task: number): TaskReport | undefined;
	saveTaskReport(key: WorkKey, task: number, report: TaskReport): void;
};

const COLUMNS = {
	step: "step",
	claimedAt: "claimed_at",
	deadline: "deadline",
	stopped: "stopped",
	result: "result",
	receipt: "receipt",
	settleableAt: "settleable_at",
	endedAt: "ended_at",
} as const;

export function workStore({ db }: Journal): WorkStore {
	const insert = db.prepare(
		"INSERT INTO works (order_id, job, step, terms, uri, posted_at) VALUES (?, ?, 'claiming', ?, ?, ?) " +
			"ON CONFLICT DO UPDATE SET step = 'claiming', claimed_at = NULL, deadline = NULL, stopped = 0, result = NULL, receipt = NULL, settleable_at = NULL, ended_at = NULL",
	);
	const one = db.prepare("SELECT * FROM works WHERE order_id = ? AND job = ?");
	const live = db.prepare("SELECT * FROM works WHERE ended_at IS NULL ORDER BY posted_at, order_id, job");
	const ended = db.prepare("SELECT * FROM works WHERE ended_at < ?");
	const dropWork = db.prepare("DELETE FROM works WHERE order_id = ? AND job = ?");
	const dropSalt = db.prepare("DELETE FROM salts WHERE order_id = ? AND job = ?");
	const dropTasks = db.prepare("DELETE FROM tasks WHERE order_id = ? AND job = ?");
	const task = db.prepare("SELECT started_at, report FROM tasks WHERE order_id = ? AND job = ? AND task = ?");
	const start = db.prepare(
		"INSERT INTO tasks VALUES (?, ?, ?, ?, NULL) ON CONFLICT DO UPDATE SET started_at = excluded.started_at",
	);
	const report = db.prepare(
		"INSERT INTO tasks VALUES (?, ?, ?, NULL, ?) ON CONFLICT DO UPDATE SET report = excluded.report",
	);
	return {
		get: ({ orderId, job }) => fromRow(one.get(orderId, job)),
		live: () => live.all().map(fromRow).filter(isWork),
		endedBefore: (time) => ended.all(time).map(fromRow).filter(isWork),
		begin({ orderId, job, order, uri, postedAt }) {
			dropTasks.run(orderId, job); // of an earlier claim: those containers are gone
			dropSalt.run(orderId, job);
			insert.run(orderId, job, toJson(packTerms(order)), uri, postedAt);
		},
		update({ orderId, job }, changes) {
			const names = Object.keys(changes) as (keyof typeof COLUMNS)[];
			const sets = names.map((name) => `${COLUMNS[name]} = ?`).join(", ");
			const values = names.map((name) => toColumn(changes[name]));
			db.prepare(`UPDATE works SET ${sets} WHERE order_id = ? AND job = ?`).run(...values, orderId, job);
		},
		forget({ orderId, job }) {
			dropSalt.run(orderId, job);
			dropWork.run(orderId, job);
			dropTasks.run(orderId, job);
		},
		taskStartedAt: ({ orderId, job }, index) =>
			(task.get(orderId, job, index)?.["started_at"] as number | null) ?? undefined,
		noteTaskStart: ({ orderId, job }, index, at) => void start.run(orderId, job, index, at),
		taskReport({ orderId, job }, index) {
			const text = task.get(orderId, job, index)?.["report"] as string | null | undefined;
			return text ? (JSON.parse(text) as TaskReport) : undefined;
		},
		saveTaskReport: ({ orderId, job }, index, value) => void report.run(orderId, job, index, JSON.stringify(value)),
	};
}

type Row = Record<string, unknown> | undefined;

function fromRow(row: Row): Work | undefined {
	if (!row) return undefined;
	const optional = <T>(name: string) => (row[name] as T | null) ?? undefined;
	const json = <T>(name: string) => (row[name] ? (fromJson(row[name] as string) as T) : undefined);
	return {
		orderId: row["order_id"] as Hex,
		job: row["job"] as number,
		step: row["step"] as Step,
		order: unpackTerms(fromJson(row["terms"] as string) as Terms),
		uri: row["uri"] as string,
		postedAt: row["posted_at"] as number,
		claimedAt: optional("claimed_at"),
		deadline: optional("deadline"),
		stopped: row["stopped"] === 1,
		result: json("result"),
		receipt: json("receipt"),
		settleableAt: optional("settleable_at"),
		endedAt: optional("ended_at"),
	};
}

const isWork = (work: Work | undefined): work is Work => work !== undefined;

function toColumn(value: unknown): string | number | null {
	if (value === undefined) return null;
	if (typeof value === "boolean") return value ? 1 : 0;
	return typeof value === "number" || typeof value === "string" ? value : toJson(value);
}

/** JSON has no bigint; base units and packed words are kept as text ending in n. */
export function toJson(value: unknown): string {
	return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));
}

export function fromJson(text: string): unknown {
	return JSON.parse(text, (_, part: unknown) =>
		typeof part === "string" && /^-?\d+n$/.test(part) ? BigInt(part.slice(0, -1)) : part,
	);
}
