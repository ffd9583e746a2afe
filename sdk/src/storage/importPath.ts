import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { ImportCandidate } from "ipfs-unixfs-importer";
import { ImportRefusedError } from "./errors.ts";
import { type ImportLimits, listFolder, openFile } from "./localFiles.ts";
import { createImport, type ImportedDag } from "./unixfs.ts";

const CHUNK_BYTES = 1024 * 1024;

export type ImportOptions = { limits?: ImportLimits; signal?: AbortSignal };

/**
 * Makes a local file or folder into content. Bytes stay where they are and are read again when the blocks are sent,
 * so memory does not grow with their size. Only names and bytes count: modes, owners and times are left out.
 *
 * @throws {ImportRefusedError} for links, special files, names that cannot travel, and limits.
 *
 * @example
 * const dag = await importPath('./weights')
 * await upload(client, dag, { name: 'weights' })
 */
export async function importPath(path: string, { limits = {}, signal }: ImportOptions = {}): Promise<ImportedDag> {
	const stat = await lstat(path).catch((cause) => {
		throw new ImportRefusedError(path, "unreadable", "it does not exist", cause);
	});
	const work = createImport(limits, signal);
	if (!stat.isDirectory()) return work.run([local(work, "", path)], false);
	return work.run(candidatesOf(path, limits, work), true);
}

type Import = ReturnType<typeof createImport>;

async function* candidatesOf(root: string, limits: ImportLimits, work: Import): AsyncGenerator<ImportCandidate> {
	for await (const entry of listFolder(root, limits)) {
		if (entry.kind === "file") yield local(work, entry.path, join(root, entry.path));
		else yield { path: entry.path };
	}
}

function local(work: Import, path: string, file: string): ImportCandidate {
	return work.localFile(path, file, readFile(file));
}

async function* readFile(file: string): AsyncGenerator<Uint8Array> {
	const handle = await openFile(file);
	try {
		let left = (await handle.stat()).size;
		for (;;) {
			// As large as the rest of the file: a chunk-sized buffer for each of many small files would drown in garbage.
			// One byte past the expected end notices a file that grows.
			const buffer = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(left, 1)));
			const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength);
			if (bytesRead === 0) return;
			left -= bytesRead;
			yield buffer.subarray(0, bytesRead);
		}
	} finally {
		await handle.close();
	}
}
