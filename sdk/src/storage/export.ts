import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CID } from "multiformats/cid";
import { parseCid } from "./block.ts";
import type { ContentClient } from "./client.ts";
import { createDagWalk, type FileOp, type WalkLimits } from "./dagWalk.ts";
import { ExportFailedError } from "./errors.ts";
import { type FetchOptions, supply } from "./fetch.ts";

/** What `exportTo` wrote: paths relative to the target, '' when the content is one file. */
export type ExportedFile = { path: string; size: number; cid: string };
export type Exported = { files: ExportedFile[]; bytes: number };

/**
 * Fetches a file or directory and writes it at `target`, which must not exist. Blocks are written as they arrive, so
 * memory stays small; everything lands under a temporary name first, and the target appears whole or not at all.
 * Files get mode 0644, directories 0755.
 *
 * @throws {ContentUnavailableError | DagInvalidError | ContentTooLargeError} nothing remains at `target`.
 * @throws {ExportFailedError} when the disk refuses.
 *
 * @example
 * const { files } = await exportTo(client, outputsCid, './results', { limits: { maxBytes: 2 ** 30 } })
 */
export async function exportTo(
	client: ContentClient,
	root: CID | string,
	target: string,
	{ limits, signal }: FetchOptions & { limits?: Partial<WalkLimits> } = {},
): Promise<Exported> {
	const cid = typeof root === "string" ? parseCid(root) : root;
	const partial = `${target}.partial`;
	const writer = createWriter(partial);
	try {
		await rm(partial, { recursive: true, force: true });
		for await (const ops of supply(client, createDagWalk(cid, limits), { signal }))
			for (const op of ops) await writer.apply(op);
		await writer.close();
		await moveInPlace(partial, target);
		return writer.exported;
	} catch (error) {
		await writer.close();
		await rm(partial, { recursive: true, force: true });
		throw isDiskError(error) ? new ExportFailedError(target, error) : error;
	}
}

function createWriter(base: string) {
	const exported: Exported = { files: [], bytes: 0 };
	// Chunks of one file usually follow each other, so one open file is enough.
	let opened: { path: string; handle: FileHandle } | undefined;

	async function close(): Promise<void> {
		const last = opened;
		opened = undefined;
		await last?.handle.close();
	}

	async function use(path: string, flags: number): Promise<FileHandle> {
		if (opened?.path === path) return opened.handle;
		await close();
		const handle = await open(join(base, path), flags | constants.O_NOFOLLOW, 0o644);
		opened = { path, handle };
		return handle;
	}

	async function apply(op: FileOp): Promise<void> {
		if (op.kind === "directory") {
			await mkdir(join(base, op.path), { mode: 0o755 });
		} else if (op.kind === "file") {
			await use(op.path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
			exported.files.push({ path: op.path, size: op.size, cid: op.cid });
			exported.bytes += op.size;
		} else {
			const handle = await use(op.path, constants.O_WRONLY);
			for (let done = 0; done < op.bytes.byteLength; ) {
				const { bytesWritten } = await handle.write(op.bytes, done, op.bytes.byteLength - done, op.offset + done);
				done += bytesWritten;
			}
		}
	}
	return { exported, apply, close };
}

/** `rename` alone would replace a file or an empty folder that is already there. */
async function moveInPlace(partial: string, target: string): Promise<void> {
	const taken = await open(target, constants.O_RDONLY).then(
		(handle) => handle.close().then(() => true),
		(error: unknown) => !(isDiskError(error) && error.code === "ENOENT"),
	);
	if (taken) throw Object.assign(new Error(`${target} exists`), { code: "EEXIST" });
	await rename(partial, target);
}

function isDiskError(error: unknown): error is Error & { code: string } {
	return error instanceof Error && "code" in error && typeof error.code === "string" && /^E[A-Z0-9]+$/.test(error.code);
}
