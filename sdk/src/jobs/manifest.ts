import type { Hex } from "viem";
import { z } from "zod";
import { type Block, digestOfCid, type Hex32, MAX_BLOCK_BYTES, rawBlock } from "../storage/block.ts";
import { equalBytes } from "../storage/bytes.ts";
import { canonicalBytes, parseJson } from "./canonicalJson.ts";
import { ManifestInvalidError, SpecInvalidError } from "./errors.ts";
import { merkleRoot, taskLeaf } from "./merkle.ts";
import { must, problemsOf, strict } from "./problems.ts";
import { env, type JobSpec, parseSpec, specDigest } from "./spec.ts";

/** Environment variables of one task; they are merged over the template's. */
export type Parameters = Record<string, string>;

/** What an order runs: one template, and a parameter set a task. `parameters.length` = lots x tasksPerLot. */
export type Manifest = { version: 1; spec: JobSpec; parameters: Parameters[]; tasksPerLot: number };

/** A manifest with what terms need of it. */
export type Bundle = {
	manifest: Manifest;
	/** The manifest's bytes: canonical JSON, CIDv1 raw. */
	block: Block;
	cid: string;
	/** sha2-256 of the bytes, the order's `manifest` term. */
	digest: Hex32;
	lots: number;
	tasks: BundleTask[];
	taskRoot: Hex;
};

/** Task `index` of the whole order. */
export type BundleTask = { index: number; specDigest: Hex32; leaf: Hex };

const manifestSchema = strict({
	version: z.literal(1, must("1")),
	spec: z.unknown(),
	parameters: z.array(env, must("a list of maps")).min(1, "must have at least one entry"),
	tasksPerLot: z.int(must("a whole number >= 1")).min(1, must("a whole number >= 1")),
});

/**
 * Bundles a spec for posting.
 *
 * @param spec The template, resolved.
 * @throws {SpecInvalidError} when a task's merged spec is not valid, tasks do not fill their lots, or there are too many.
 *
 * @example
 * const { cid, taskRoot } = createBundle({ spec, parameters: [{ SEED: '1' }, { SEED: '2' }], tasksPerLot: 2 })
 */
export function createBundle(input: { spec: JobSpec; parameters?: Parameters[]; tasksPerLot?: number }): Bundle {
	const { spec, parameters = [{}], tasksPerLot = 1 } = input;
	const manifest: Manifest = { version: 1, spec: parseSpec(spec), parameters, tasksPerLot };
	return bundleOf(manifest, rawBlock(canonicalBytes(manifest)));
}

/**
 * Reads the bytes a node or a verifier fetched. Only the canonical form of a fully resolved manifest is taken, so that
 * everybody derives the same tasks from the same bytes.
 *
 * @throws {ManifestInvalidError}
 */
export function parseManifest(bytes: Uint8Array): Bundle {
	const parsed = manifestSchema.safeParse(readJson(bytes));
	if (!parsed.success) throw new ManifestInvalidError(listOf(problemsOf(parsed.error)));
	const bundle = orManifestInvalid(() => {
		const manifest: Manifest = { ...parsed.data, spec: parseSpec(parsed.data.spec) };
		return bundleOf(manifest, rawBlock(bytes));
	});
	if (!equalBytes(canonicalBytes(bundle.manifest), bytes))
		throw new ManifestInvalidError("it is not canonical JSON with every default written out");
	return bundle;
}

/** The spec of task `index`: the template with that task's parameters in its environment. */
export function specOfTask({ spec, parameters }: Manifest, index: number): JobSpec {
	const own = parameters[index];
	if (own === undefined) throw new RangeError(`there is no task ${index} among ${parameters.length}`);
	return { ...spec, env: { ...spec.env, ...own } };
}

/** The tasks of one lot. */
export function tasksOfLot({ tasks, manifest }: Bundle, lot: number): BundleTask[] {
	return tasks.slice(lot * manifest.tasksPerLot, (lot + 1) * manifest.tasksPerLot);
}

function bundleOf(manifest: Manifest, block: Block): Bundle {
	const { parameters, tasksPerLot } = manifest;
	const refuse = (field: string, problem: string): never => {
		throw new SpecInvalidError("The batch", [{ field, problem }]);
	};
	if (parameters.length % tasksPerLot !== 0)
		refuse(
			"tasksPerLot",
			`is ${tasksPerLot}, which does not divide the ${parameters.length} parameter sets; a lot must be full`,
		);
	if (block.bytes.byteLength > MAX_BLOCK_BYTES)
		refuse(
			"parameters",
			`make a manifest of ${block.bytes.byteLength} bytes; at most ${MAX_BLOCK_BYTES} are allowed, so split the batch into several orders`,
		);
	const tasks = parameters.map((_, index) => {
		const digest = specDigest(taskSpec(manifest, index));
		return { index, specDigest: digest, leaf: taskLeaf(index, digest) };
	});
	return {
		manifest,
		block,
		cid: block.cid.toString(),
		digest: digestOfCid(block.cid),
		lots: parameters.length / tasksPerLot,
		tasks,
		taskRoot: merkleRoot(tasks.map(({ leaf }) => leaf)),
	};
}

/** Names and values are checked one parameter set at a time, so only their sum can be wrong in a merged spec. */
function taskSpec(manifest: Manifest, index: number): JobSpec {
	const spec = specOfTask(manifest, index);
	const checked = env.safeParse(spec.env);
	if (!checked.success)
		throw new SpecInvalidError(
			"The batch",
			problemsOf(checked.error).map(({ field, problem }) => ({ field: `parameters[${index}].${field}`, problem })),
		);
	return spec;
}

function readJson(bytes: Uint8Array): unknown {
	try {
		return parseJson(bytes);
	} catch (cause) {
		throw new ManifestInvalidError("it is not JSON", cause);
	}
}

function orManifestInvalid<T>(work: () => T): T {
	try {
		return work();
	} catch (cause) {
		if (!(cause instanceof SpecInvalidError)) throw cause;
		throw new ManifestInvalidError(listOf(cause.problems), cause);
	}
}

function listOf(problems: readonly { field: string; problem: string }[]): string {
	return problems.map(({ field, problem }) => `${field} ${problem}`.trim()).join("; ");
}
