import type { FileHandle } from "node:fs/promises";
import type { CID } from "multiformats/cid";
import { openFile } from "#localFiles";
import { type Block, sha256 } from "./block.ts";
import { equalBytes } from "./bytes.ts";
import { ImportRefusedError } from "./errors.ts";

/** Content with a known root whose blocks can be read, as often as wanted. */
export type Dag = {
	root: CID;
	/** Sum of all block sizes as links count them (dag-pb Tsize), bytes. */
	size: number;
	blockCount: number;
	/** Sum of the distinct blocks' sizes, bytes: what an upload sends. */
	bytes: number;
	/** Every distinct block, children before parents, so the root comes last. */
	blocks(): AsyncGenerator<Block>;
};

/** Where a block's bytes are: in memory, or a span of a local file that is read again when they are needed. */
type BlockPlace = Uint8Array | { file: string; offset: number; length: number };

/** Blocks by CID in the order they were made. Spans of files keep a GB-sized import at a few bytes a block. */
export type BlockTable = {
	put(cid: CID, place: BlockPlace): void;
	dag(root: CID, size: number): Dag;
};

export function createBlockTable(): BlockTable {
	const table = new Map<string, { cid: CID; place: BlockPlace }>();
	let bytes = 0;
	return {
		put(cid, place) {
			const key = cid.toString();
			if (table.has(key)) return;
			table.set(key, { cid, place });
			bytes += place instanceof Uint8Array ? place.byteLength : place.length;
		},
		dag: (root, size) => ({ root, size, blockCount: table.size, bytes, blocks: () => readBlocks(table.values()) }),
	};
}

/** A single block, a manifest or a statement for example, as content. */
export function dagOfBlock({ cid, bytes }: Block): Dag {
	const table = createBlockTable();
	table.put(cid, bytes);
	return table.dag(cid, bytes.byteLength);
}

/** Several contents as one: for one upload of a manifest, an image and inputs. The last one's root is the root. */
export function joinDags(dags: readonly Dag[]): Dag {
	const last = dags.at(-1);
	if (last === undefined) throw new RangeError("there is nothing to join");
	return {
		root: last.root,
		size: last.size,
		blockCount: dags.reduce((sum, dag) => sum + dag.blockCount, 0),
		bytes: dags.reduce((sum, dag) => sum + dag.bytes, 0),
		async *blocks() {
			const sent = new Set<string>();
			for (const dag of dags)
				for await (const block of dag.blocks()) {
					const key = block.cid.toString();
					if (!sent.has(key)) yield block;
					sent.add(key);
				}
		},
	};
}

async function* readBlocks(entries: Iterable<{ cid: CID; place: BlockPlace }>): AsyncGenerator<Block> {
	let opened: { file: string; handle: FileHandle } | undefined;
	try {
		for (const { cid, place } of entries) {
			if (place instanceof Uint8Array) {
				yield { cid, bytes: place };
				continue;
			}
			if (opened?.file !== place.file) {
				await opened?.handle.close();
				opened = undefined;
				opened = { file: place.file, handle: await openFile(place.file) };
			}
			yield { cid, bytes: await readSpan(opened.handle, cid, place) };
		}
	} finally {
		await opened?.handle.close();
	}
}

async function readSpan(
	handle: FileHandle,
	cid: CID,
	place: { file: string; offset: number; length: number },
): Promise<Uint8Array> {
	const bytes = new Uint8Array(place.length);
	let read = 0;
	while (read < place.length) {
		const { bytesRead } = await handle.read(bytes, read, place.length - read, place.offset + read);
		if (bytesRead === 0) break;
		read += bytesRead;
	}
	if (read < place.length || !equalBytes(sha256(bytes), cid.multihash.digest))
		throw new ImportRefusedError(place.file, "changed", "it changed while it was being read; leave it alone and retry");
	return bytes;
}
