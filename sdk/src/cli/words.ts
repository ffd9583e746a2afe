import { statusName } from "../chain/result.ts";
import type { JobStanding } from "../chain/timeline.ts";

const statusWords = {
	ok: "ok",
	nonzeroExit: "the container exited with a code other than 0",
	timeout: "it ran past its timeout",
	outOfMemory: "it ran out of memory",
	stopped: "stopped by the consumer",
	badSpec: "its spec or image cannot be run",
	inputUnavailable: "its image or an input could not be fetched",
} as const;

/** A result's status for people. */
export function statusWord(status: number | undefined, exitCode?: number): string {
	const name = status === undefined ? undefined : statusName(status);
	if (!name) return `unknown status ${status}`;
	return name === "nonzeroExit" && exitCode !== undefined ? `the container exited with ${exitCode}` : statusWords[name];
}

/** Where a job stands and what happens next, in one line. `time` formats unix seconds. */
export function standingWord(job: JobStanding, time: (seconds: number) => string): string {
	const by = job.deadline ? time(job.deadline) : "its deadline";
	switch (job.state) {
		case "open":
			return job.attempts > 0 ? "open again: the last node did not finish it" : "open: waiting for a node to claim it";
		case "running":
			return `running${job.stopped ? ", stop asked" : ""}: its node reports by ${by}, or the job reopens`;
		case "submitted-ok":
			return "submitted ok: accept it, or it is paid after its window";
		case "submitted-fail":
			return `submitted as failed: ${statusWord(job.status, job.exitCode)}`;
		case "paid":
			return `paid (${statusWord(job.status, job.exitCode)})`;
		case "void":
			return job.closed ? "closed: refunded" : "over without a result: refunded";
		default:
			return job.state;
	}
}

/** "2026-11-20 19:45:07Z". */
export function formatTime(unixSeconds: number): string {
	return `${new Date(unixSeconds * 1000).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** "45 s", "16 min", "2 h 5 min". */
export function formatSpan(seconds: number): string {
	if (seconds < 120) return `${Math.round(seconds)} s`;
	const minutes = Math.round(seconds / 60);
	return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "21.4 MB". */
export function formatBytes(bytes: number): string {
	if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
	return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
