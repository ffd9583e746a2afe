import type { CID } from "multiformats/cid";
import type { ContentClient } from "./client.ts";
import { createDagWalk, type WalkLimits } from "./dagWalk.ts";
import { type FetchOptions, supply } from "./fetch.ts";
import type { MemoryEntry } from "./unixfs.ts";

/**
 * A folder's files, held in memory.
 *
 * @throws {ContentTooLargeError} beyond `limits`.
 */
export async function readFiles(
	client: ContentClient,
	root: CID,
	{ limits, signal }: FetchOptions & { limits: Partial<WalkLimits> },
): Promise<MemoryEntry[]> {
	const files = new Map<string, Uint8Array>();
	const folders = new Set<string>();
	for await (const ops of supply(client, createDagWalk(root, limits), { signal }))
		for (const op of ops) {
			if (op.kind === "directory") folders.add(op.path);
			else if (op.kind === "file") files.set(op.path, new Uint8Array(op.size));
			else files.get(op.path)?.set(op.bytes, op.offset);
		}
	const parents = new Set(
		[...files.keys(), ...folders].map((path) => path.slice(0, Math.max(0, path.lastIndexOf("/")))),
	);
	const empty = [...folders].filter((path) => path !== "" && !parents.has(path)).map((path) => ({ path }));
	return [...[...files].map(([path, bytes]) => ({ path, bytes })), ...empty];
}
