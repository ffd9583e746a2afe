import type { LogEnd, LogLines, Place } from "depin/channel";
import type { LogTap } from "../../engine/engine.ts";
import { type WorkKey, workId } from "../works.ts";
import { createLineReader } from "./lineReader.ts";

/** What a job's log may hold in memory, characters; its oldest tasks go first. The statement has all of it. */
const MOST_OF_A_JOB = 4 * 2 ** 20;

export type Piece = Omit<LogLines, "signature">;

/** What a job has written so far, in this process's memory. */
export type JobLog = {
	/** Begins a task's log, or begins it anew: an adopted container is read from its start again. */
	tap(task: number): LogTap;
	/** The lines at a place, at most so much of them, and where the next ones are; undefined when there are none yet. */
	read(place: Place, most: { lines: number; chars: number }): { piece: Piece; next: Place } | undefined;
	/** Resolves when there is more to read, or nothing more will come. */
	changed(): Promise<void>;
	/** Why nothing more will come. */
	readonly over: LogEnd["because"] | undefined;
};

/** The logs of the jobs that are being worked on. */
export type LogBook = {
	open(key: WorkKey): JobLog;
	of(key: WorkKey): JobLog | undefined;
	/** Ends a job's log. Whoever reads it reads to its end; it stays a while for those who lost their connection just then. */
	close(key: WorkKey, because: LogEnd["because"]): void;
};

/** How long, and how many, logs of ended jobs are kept for readers who come back. */
const LINGER_MS = 60_000;
const MOST_LINGERING = 16;

export function createLogBook(): LogBook {
	const logs = new Map<string, ReturnType<typeof createJobLog>>();
	const ended: string[] = [];

	function forget(id: string, log: JobLog): void {
		if (logs.get(id) === log) logs.delete(id);
	}

	return {
		open(key) {
			const id = workId(key);
			const known = logs.get(id);
			if (known && !known.over) return known;
			// Ours again after it had ended: a reorganisation, or a second claim.
			const log = createJobLog();
			logs.set(id, log);
			return log;
		},
		of: (key) => logs.get(workId(key)),
		close(key, because) {
			const id = workId(key);
			const log = logs.get(id);
			if (!log) return;
			log.end(because);
			ended.push(id);
			const oldest = ended.length > MOST_LINGERING ? ended.shift() : undefined;
			if (oldest !== undefined && logs.get(oldest)?.over) logs.delete(oldest);
			setTimeout(forget, LINGER_MS, id, log).unref();
		},
	};
}

type TaskLog = { lines: string[]; chars: number; ended: boolean; truncated: boolean };

function createJobLog(): JobLog & { end(because: LogEnd["because"]): void } {
	const tasks = new Map<number, TaskLog>();
	let changed = Promise.withResolvers<void>();
	let over: LogEnd["because"] | undefined;

	function ring(): void {
		changed.resolve();
		changed = Promise.withResolvers();
	}

	function shrink(): void {
		let chars = 0;
		for (const log of tasks.values()) chars += log.chars;
		for (const [task, log] of tasks) {
			if (chars <= MOST_OF_A_JOB || tasks.size === 1) return;
			tasks.delete(task);
			chars -= log.chars;
		}
	}

	return {
		tap(task) {
			const log: TaskLog = { lines: [], chars: 0, ended: false, truncated: false };
			tasks.delete(task); // so that the order of the map is that of the runs
			tasks.set(task, log);
			const reader = createLineReader((line) => {
				log.lines.push(line);
				log.chars += line.length;
			});
			return {
				write(bytes) {
					reader.write(bytes);
					shrink();
					ring();
				},
				end(truncated) {
					reader.end();
					log.ended = true;
					log.truncated = truncated;
					ring();
				},
			};
		},
		read({ task, line }, most) {
			for (const [index, log] of [...tasks].sort(([a], [b]) => a - b)) {
				if (index < task) continue;
				const found = readTask(index, log, index === task ? line : 0, most);
				// Lines of a later task come only after all of this one.
				if (found || !log.ended) return found;
			}
			return undefined;
		},
		changed: () => changed.promise,
		get over() {
			return over;
		},
		end(because) {
			over = because;
			ring();
		},
	};
}

function readTask(task: number, log: TaskLog, from: number, most: { lines: number; chars: number }) {
	const lines: string[] = [];
	for (let chars = 0; lines.length < most.lines; ) {
		const line = log.lines[from + lines.length];
		if (line === undefined || (lines.length > 0 && chars + line.length > most.chars)) break;
		lines.push(line);
		chars += line.length;
	}
	const to = from + lines.length;
	const truncated = log.truncated && to >= log.lines.length;
	if (lines.length === 0 && !truncated) return undefined;
	// Said once: the next place is behind this task.
	const next = truncated ? { task: task + 1, line: 0 } : { task, line: to };
	return { piece: { task, from, lines, truncated }, next };
}
