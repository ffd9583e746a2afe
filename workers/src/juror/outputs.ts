import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { JobSpec, OutputFile, TaskOutputs } from "depin/jobs";
import {
	type ContentClient,
	ContentTooLargeError,
	ContentUnavailableError,
	cidOfDigest,
	DAG_PB,
	DagInvalidError,
	exportTo,
	type ImportedDag,
	importPath,
} from "depin/storage";
import type { Hex } from "viem";
import { retry } from "../runtime/loop.ts";

/**
 * Fetches what a result says a task left, under the spec's own caps: no cheat may make a juror take more than the
 * container was allowed to write. False when nobody has it, or it is no such thing.
 */
export async function fetchClaimed(
	client: ContentClient,
	digest: Hex,
	{ outputs }: Pick<JobSpec, "outputs">,
	{ folder, signal }: { folder: string; signal: AbortSignal },
): Promise<boolean> {
	const limits = { maxBytes: outputs.maxBytes, maxEntries: 2 * outputs.maxFiles + 2 };
	try {
		await retry(
			async () => {
				await rm(folder, { recursive: true, force: true });
				await exportTo(client, cidOfDigest(DAG_PB, digest), folder, { limits, signal });
			},
			{ signal, attempts: 3 },
		);
		return true;
	} catch (error) {
		const missing = error instanceof ContentUnavailableError || error instanceof DagInvalidError;
		if (missing || error instanceof ContentTooLargeError) return false;
		throw error;
	}
}

/** Outputs that lie in a folder, as a comparison takes them. */
export function outputsIn(folder: string, digest: Hex, imported?: ImportedDag): TaskOutputs {
	return { digest, files: async () => filesOf(folder, imported ?? (await importPath(folder))) };
}

function filesOf(folder: string, { files }: Pick<ImportedDag, "files">): OutputFile[] {
	return files.map(({ path, size, sha256 }) => ({ path, size, sha256, read: () => readFile(join(folder, path)) }));
}
