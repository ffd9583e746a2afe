import {
	type BufferImporter,
	type ImportCandidate,
	type ImporterOptions,
	type InProgressImportResult,
	importer,
	type WritableStorage,
} from "ipfs-unixfs-importer";
import type { CID } from "multiformats/cid";
import { createSha256 } from "#hash";
import { cidOfDigest, type Hex32, RAW, sha256, toHex } from "./block.ts";
import { type BlockTable, createBlockTable, type Dag } from "./dag.ts";
import { ImportRefusedError } from "./errors.ts";
import type { ImportLimits } from "./localFiles.ts";
import { refuseName } from "./names.ts";

/** Named in every manifest and statement: under another profile the same bytes have other CIDs. */
export const UNIXFS_PROFILE = "unixfs-v1-2025";

/** A file of an import: path relative to the root ('' when the root is the file itself), size in bytes. */
export type ImportedFile = { path: string; size: number; sha256: Hex32; cid: string };

export type ImportedDag = Dag & { files: ImportedFile[] };

/** Makes bytes into a file. */
export async function importBytes(bytes: Uint8Array): Promise<ImportedDag> {
	const work = createImport({}, undefined);
	return work.run([{ path: "file", content: bytes }], false);
}

/** A file of a folder that is not on a disk: path relative to the folder; without bytes, a folder with nothing in it. */
export type MemoryEntry = { path: string; bytes?: Uint8Array };

/** Makes files in memory into a folder, with the CIDs that the same folder on a disk has. */
export async function importEntries(entries: readonly MemoryEntry[]): Promise<ImportedDag> {
	const candidates = entries.map(({ path, bytes }) => (bytes === undefined ? { path } : { path, content: bytes }));
	return createImport({}, undefined).run(candidates, true);
}

/** A named child of a directory: content made before. */
export type DirectoryChild = { name: string; root: CID; size: number };

/**
 * Makes a directory of content that already has CIDs. Its blocks are only the directory's own.
 *
 * @throws {ImportRefusedError} for a name that cannot stand in a directory.
 */
export async function directoryOf(children: readonly DirectoryChild[]): Promise<Dag> {
	for (const { name } of children) {
		const reason = refuseName(name);
		if (reason !== undefined) throw new ImportRefusedError(name, "bad-name", reason);
	}
	const table = createBlockTable();
	const entries = children.map(({ name, root, size }) => async (): Promise<InProgressImportResult> => {
		return { cid: root, path: name, size: BigInt(size) };
	});
	const options: ImporterOptions = {
		profile: UNIXFS_PROFILE,
		wrapWithDirectory: true,
		dagBuilder: async function* () {
			yield* entries;
		},
	};
	const last = await lastOf(importer([], storeOf(table), options));
	return table.dag(last.cid, Number(last.size));
}

/** Work on one import; whoever reads files of a disk hands them in with the path where they lie. */
export function createImport({ maxBytes = Number.POSITIVE_INFINITY }: ImportLimits, signal: AbortSignal | undefined) {
	const table = createBlockTable();
	const origins = new Map<string, string>();
	const hashes = new Map<string, { size: number; sha256: Hex32 }>();
	let total = 0;

	// Ours instead of the library's, because it notes where a chunk lies in its file and hashes the file on the way.
	const bufferImporter: BufferImporter = async function* (file) {
		const path = file.originalPath ?? "";
		const origin = origins.get(path);
		const hash = createSha256();
		let size = 0;
		for await (const bytes of file.content) {
			signal?.throwIfAborted();
			const offset = size;
			size += bytes.byteLength;
			total += bytes.byteLength;
			if (total > maxBytes)
				throw new ImportRefusedError(path, "too-many-bytes", `there are more than ${maxBytes} bytes in all`);
			hash.update(bytes);
			const cid = cidOfDigest(RAW, sha256(bytes));
			table.put(cid, origin === undefined ? bytes : { file: origin, offset, length: bytes.byteLength });
			yield async () => ({ cid, size: BigInt(bytes.byteLength), block: bytes });
		}
		hashes.set(path, { size, sha256: toHex(hash.digest()) });
	};

	return {
		localFile(path: string, file: string, content: AsyncIterable<Uint8Array>): ImportCandidate {
			const name = path === "" ? "file" : path;
			origins.set(name, file);
			return { path: name, content };
		},
		async run(source: Iterable<ImportCandidate> | AsyncIterable<ImportCandidate>, folder: boolean) {
			const options: ImporterOptions = {
				profile: UNIXFS_PROFILE,
				wrapWithDirectory: folder,
				// One file and four chunks at a time: more would cost memory and win nothing, hashing is the bottleneck.
				fileImportConcurrency: 1,
				blockWriteConcurrency: 4,
				bufferImporter,
			};
			const files: ImportedFile[] = [];
			let last: { cid: CID; size: bigint } | undefined;
			for await (const entry of importer(source, storeOf(table), options)) {
				last = entry;
				const hashed = hashes.get(entry.path ?? "");
				if (hashed === undefined) continue;
				files.push({ path: folder ? (entry.path ?? "") : "", ...hashed, cid: entry.cid.toString() });
			}
			if (last === undefined) throw new Error("the importer yielded no root");
			return { ...table.dag(last.cid, Number(last.size)), files };
		},
	};
}

function storeOf(table: BlockTable): WritableStorage {
	return {
		put: async (cid, bytes) => {
			// The library may pass streams in other uses; an import hands over whole blocks.
			if (!(bytes instanceof Uint8Array)) throw new TypeError("a block must be bytes");
			table.put(cid, bytes);
			return cid;
		},
	};
}

async function lastOf<T>(source: AsyncIterable<T>): Promise<T> {
	let last: T | undefined;
	for await (const item of source) last = item;
	if (last === undefined) throw new Error("the importer yielded no root");
	return last;
}
