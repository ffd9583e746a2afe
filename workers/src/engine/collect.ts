import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import type { OutputLimits } from "./outputVolume.ts";

const MAX_DEPTH = 32;
const MAX_PATH_BYTES = 1024;

/** What the slowest disk anybody would lend out manages, with time to spare for the file system itself. */
const SLOWEST_BYTES_PER_MS = 5_000;
const SLOWEST_MS_PER_FILE = 20;
const LEAST_MS = 60_000;
/** Timers take 32 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const never = new AbortController().signal;

/** How long judging and reading outputs of these limits may take, milliseconds. */
export function collectWithinMs({ maxBytes, maxFiles }: OutputLimits): number {
	const ms = LEAST_MS + maxBytes / SLOWEST_BYTES_PER_MS + maxFiles * SLOWEST_MS_PER_FILE;
	return Math.min(Math.ceil(ms), LONGEST_TIMER_MS);
}

/** What taking longer than that comes to. */
export function tooSlow(withinMs: number): Collected {
	const seconds = Math.ceil(withinMs / 1000);
	return { ok: false, reason: "output-refused", detail: `/outputs could not be read within ${seconds} s` };
}

export type OutputBreach = "output-bytes-exceeded" | "output-files-exceeded" | "output-refused";

export type Collected =
	| { ok: true; bytes: number; files: number }
	/** `detail` names the path and what is wrong with it, for the consumer to read. */
	| { ok: false; reason: OutputBreach; detail: string };

class Breach extends Error {
	readonly reason: OutputBreach;
	constructor(reason: OutputBreach, detail: string) {
		super(detail);
		this.reason = reason;
	}
}

/**
 * Judges what a stopped container left in its output directory, before anything reads a byte of it. Only regular files
 * and directories with plain names pass. A hole in a sparse file counts like data: whoever fetches it gets the zeros.
 *
 * Call only after the container stopped: nothing may change under the walk.
 */
export async function inspectOutputs(
	dir: string,
	limits: OutputLimits,
	signal: AbortSignal = never,
): Promise<Collected> {
	const total = { bytes: 0, files: 0 };
	try {
		const root = await lstat(dir);
		if (!root.isDirectory()) throw new Breach("output-refused", "/outputs is not a directory");
		await walk(dir, "", 0, { limits, signal }, total);
		return { ok: true, ...total };
	} catch (error) {
		if (error instanceof Breach) return { ok: false, reason: error.reason, detail: error.message };
		throw error;
	}
}

async function walk(
	dir: string,
	relative: string,
	depth: number,
	{ limits, signal }: { limits: OutputLimits; signal: AbortSignal },
	total: { bytes: number; files: number },
) {
	if (depth > MAX_DEPTH)
		throw new Breach("output-refused", `${show(relative)} is nested deeper than ${MAX_DEPTH} directories`);
	// Names as bytes: what is not UTF-8 must be seen as such, not repaired.
	for await (const entry of await opendir(dir, { encoding: "buffer" as BufferEncoding })) {
		signal.throwIfAborted();
		const raw = entry.name as unknown as Buffer;
		const path = relative ? `${relative}/${raw.toString()}` : raw.toString();
		checkName(raw, path);
		total.files += 1;
		if (total.files > limits.maxFiles)
			throw new Breach("output-files-exceeded", `more than ${limits.maxFiles} files and directories`);
		const full = join(dir, raw.toString());
		const info = await lstat(full);
		if (info.isDirectory()) {
			await walk(full, path, depth + 1, { limits, signal }, total);
		} else if (info.isFile()) {
			if (info.nlink > 1) throw new Breach("output-refused", `${show(path)} is a hard link`);
			total.bytes += info.size;
			if (total.bytes > limits.maxBytes)
				throw new Breach("output-bytes-exceeded", `more than ${limits.maxBytes} bytes, at ${show(path)}`);
		} else {
			throw new Breach("output-refused", `${show(path)} is ${kindOf(info)}; only files and directories are taken`);
		}
	}
}

function checkName(raw: Buffer, path: string): void {
	const name = raw.toString();
	if (!Buffer.from(name).equals(raw)) throw new Breach("output-refused", `${show(path)} has a name that is not UTF-8`);
	// Control characters and the two Unicode spellings of one letter make two things look like one.
	if (/\p{Cc}/u.test(name) || name.includes("\\") || name !== name.normalize("NFC")) {
		throw new Breach(
			"output-refused",
			`${show(path)} has a name with control characters, a backslash, or not in Unicode form NFC`,
		);
	}
	if (Buffer.byteLength(path) > MAX_PATH_BYTES)
		throw new Breach("output-refused", `${show(path)} is a path longer than ${MAX_PATH_BYTES} bytes`);
}

function kindOf(info: Awaited<ReturnType<typeof lstat>>): string {
	if (info.isSymbolicLink()) return "a symbolic link";
	if (info.isFIFO()) return "a named pipe";
	if (info.isSocket()) return "a socket";
	return "a device";
}

/** Safe to print and to store: what a hostile name may hold is escaped and cut. */
function show(path: string): string {
	return JSON.stringify(`/outputs/${path}`.slice(0, 200));
}
