import type { Hex } from "viem";
import type { Match, MatchMetric } from "../spec.ts";
import { compareArrays } from "./arrays.ts";
import { absolute, type Close, relative } from "./closeness.ts";
import { compareJson, readJson } from "./json.ts";
import { readNpy } from "./npy.ts";
import type { NumberArray } from "./numbers.ts";
import { readPng } from "./png.ts";
import { comparePictures } from "./psnr.ts";
import { readSafetensors } from "./safetensors.ts";
import { type Difference, Unreadable } from "./unreadable.ts";

/** A file of a task's outputs. `sha256` of its bytes; `read` is asked only where bytes differ and the metric wants them. */
export type OutputFile = { path: string; size: number; sha256: Hex; read: () => Promise<Uint8Array> };

/** What a run left: the digest of its UnixFS root, and its files once somebody wants to see them. */
export type TaskOutputs = { digest: Hex; files: () => Promise<readonly OutputFile[]> };

/**
 * `undecided` when nobody can say: the mode promises nothing, or our own run left a file that the metric cannot read.
 * `detail` is a sentence for people.
 */
export type Comparison = { verdict: "same" | "different" | "undecided"; detail: string };

/** A juror reads no more than this of one file for comparing; larger ones must be equal to the byte. */
const MAX_COMPARED_BYTES = 256 * 2 ** 20;

/**
 * Whether a claimed output counts as the one obtained by running the task again. Claimed bytes may be hostile: what is
 * read is bounded before it is parsed, and what cannot be parsed is not the same.
 *
 * @throws what `files` and `read` throw, for content that is away.
 */
export async function compareOutputs(match: Match, claimed: TaskOutputs, obtained: TaskOutputs): Promise<Comparison> {
	if (claimed.digest === obtained.digest) return { verdict: "same", detail: "every byte is the same" };
	if (match === "none") return { verdict: "undecided", detail: "the spec promises nothing about outputs" };
	if (match === "exact") return { verdict: "different", detail: "the bytes differ, and the spec promises equal ones" };
	const [files, own] = await Promise.all([claimed.files(), obtained.files()]);
	const others = new Map(files.map((file) => [file.path, file]));
	const extra = files.find(({ path }) => !own.some((file) => file.path === path));
	if (extra) return { verdict: "different", detail: `${extra.path} is not there when the task is run again` };
	const { metric, min = 0, max = 0 } = match.tolerance;
	for (const file of own) {
		const other = others.get(file.path);
		if (!other) return { verdict: "different", detail: `${file.path} is missing` };
		const found = await compareFile(metric, metric === "image-psnr" ? min : max, other, file);
		if (found) return found;
	}
	return { verdict: "same", detail: `all ${own.length} files agree by ${metric}` };
}

async function compareFile(
	metric: MatchMetric,
	limit: number,
	claimed: OutputFile,
	obtained: OutputFile,
): Promise<Comparison | undefined> {
	if (claimed.sha256 === obtained.sha256) return undefined;
	const path = obtained.path;
	const read = readerOf(metric, limit, path);
	if (!read) return { verdict: "different", detail: `${path} differs, and ${metric} reads no such file` };
	if (Math.max(claimed.size, obtained.size) > MAX_COMPARED_BYTES)
		return { verdict: "different", detail: `${path} differs, and is too large to be compared but by its bytes` };
	const judge = await orReason(async () => read(await obtained.read()));
	if ("problem" in judge)
		return { verdict: "undecided", detail: `${path} cannot be compared: run again, ${judge.problem}` };
	// Asked for outside: content that is away is no property of the file.
	const bytes = await claimed.read();
	const found = await orReason(() => judge.value(bytes));
	if ("problem" in found) return { verdict: "different", detail: `${path} cannot be read: ${found.problem}` };
	if (!found.value) return undefined;
	return { verdict: "different", detail: `${path} at ${found.value.at || "all"}: ${found.value.detail}` };
}

/** Takes the file obtained, gives back what judges the claimed one. */
type Reader = (obtained: Uint8Array) => Promise<(claimed: Uint8Array) => Promise<Difference | undefined>>;

function readerOf(metric: MatchMetric, limit: number, path: string): Reader | undefined {
	const kind = /\.([a-z]+)$/.exec(path)?.[1];
	const close = metric.endsWith("-rel") ? relative(limit) : absolute(limit);
	if (metric === "image-psnr") return kind === "png" ? picturesBy(limit) : undefined;
	if (metric.startsWith("json-")) return kind === "json" ? jsonBy(close) : undefined;
	if (kind === "npy") return arraysBy((bytes) => new Map([["", readNpy(bytes)]]), close);
	return kind === "safetensors" ? arraysBy(readSafetensors, close) : undefined;
}

const picturesBy =
	(min: number): Reader =>
	async (obtained) => {
		const own = await readPng(obtained);
		return async (claimed) => comparePictures(await readPng(claimed), own, min);
	};

const jsonBy =
	(close: Close): Reader =>
	async (obtained) => {
		const own = readJson(obtained);
		return async (claimed) => compareJson(claimed, own, close);
	};

const arraysBy =
	(read: (bytes: Uint8Array) => ReadonlyMap<string, NumberArray>, close: Close): Reader =>
	async (obtained) => {
		const own = read(obtained);
		return async (claimed) => compareArrays(read(claimed), own, close);
	};

async function orReason<T>(work: () => Promise<T>): Promise<{ value: T } | { problem: string }> {
	try {
		return { value: await work() };
	} catch (error) {
		if (error instanceof Unreadable) return { problem: error.message };
		throw error;
	}
}
