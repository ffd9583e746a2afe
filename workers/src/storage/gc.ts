import type { CID } from "multiformats/cid";
import type { BlockFile, BlockFiles } from "./blockFiles.ts";
import type { BlockGuard } from "./blockGuard.ts";

export type GcResult = { removed: number; kept: number; freedBytes: number };

export type GcParts = {
	files: Pick<BlockFiles, "list" | "look" | "remove">;
	guard: BlockGuard;
	isPinned: (cid: CID) => Promise<boolean>;
	/** Younger files stay: an upload in several requests holds nothing between two of them. */
	graceMs: number;
	/** When this process opened the folder: an unfinished write from before belongs to nobody any more. */
	openedMs: number;
};

/**
 * Walks the files and removes what nobody needs, block by block, so that reading and writing go on meanwhile (Helia's
 * own gc stops the world and knows of no uploads).
 */
export async function collectGarbage(parts: GcParts): Promise<GcResult> {
	const { files, guard } = parts;
	const result = { removed: 0, kept: 0, freedBytes: 0 };
	for await (const file of files.list()) {
		const { cid } = file;
		const freed = cid ? await guard.alone(cid, () => removeUnneeded(parts, file)) : await removeUnneeded(parts, file);
		result.freedBytes += freed ?? 0;
		if (!cid) continue;
		if (freed === undefined) result.kept += 1;
		else result.removed += 1;
	}
	return result;
}

/** Bytes freed, undefined when the file stays. */
async function removeUnneeded(parts: GcParts, { path, cid }: BlockFile): Promise<number | undefined> {
	const { files, guard, isPinned, graceMs, openedMs } = parts;
	const found = await files.look(path);
	if (!found || found.modifiedMs > (cid ? Date.now() - graceMs : openedMs)) return undefined;
	if (cid && ((await isPinned(cid)) || guard.isHeld(cid))) return undefined;
	await files.remove(path);
	return found.bytes;
}
