import { UnixFS } from "ipfs-unixfs";
import type { CID } from "multiformats/cid";
import { type Block, RAW } from "./block.ts";
import { type Demand, decodeNode } from "./demand.ts";
import { ContentTooLargeError, DagInvalidError } from "./errors.ts";
import { refusePath } from "./names.ts";

/** One thing to do with a file system when a block of a UnixFS DAG arrived. Paths are relative; '' is the root. */
export type FileOp =
	| { kind: "directory"; path: string }
	| { kind: "file"; path: string; size: number; cid: string }
	| { kind: "write"; path: string; offset: number; bytes: Uint8Array };

export type WalkLimits = {
	/** Sum of file sizes, bytes. */
	maxBytes: number;
	/** Files and directories together. */
	maxEntries: number;
	maxDepth: number;
};

const DEFAULT_WALK_LIMITS: WalkLimits = { maxBytes: 2 ** 40, maxEntries: 1_000_000, maxDepth: 64 };

/** Where a block belongs. A block may belong to many places: equal chunks are stored once. */
type Place =
	| { kind: "entry"; path: string }
	| { kind: "shard"; path: string; level: number }
	| { kind: "part"; path: string; offset: number; size: number; level: number };

/** Files of more levels than this do not exist: 1024^5 chunks of 1 MiB. */
const MAX_FILE_LEVELS = 6;
/** Places known and not yet filled: memory. A terabyte's chunks in one go, twice. */
const MAX_PENDING = 2_000_000;
/** A HAMT of 64-bit hashes has at most 8 levels of 256. */
const MAX_SHARD_LEVELS = 8;

/**
 * Turns the blocks of a UnixFS DAG, in whatever order they come, into file operations. It never trusts the DAG: names
 * cannot leave their directory, declared sizes must add up, and repetition (a small DAG that unfolds to a huge tree) is
 * counted as if it were spelt out.
 */
export function createDagWalk(root: CID, limits: Partial<WalkLimits> = {}): Demand<FileOp[]> {
	const { maxBytes, maxEntries, maxDepth } = { ...DEFAULT_WALK_LIMITS, ...limits };
	const outstanding = new Map<string, CID>();
	const places = new Map<string, Place[]>();
	const paths = new Set<string>();
	let placeCount = 0;
	let pending = 0;
	let bytes = 0;
	let entries = 0;

	function want({ cid, key }: Pick<Link, "cid" | "key">, place: Place): void {
		// Parts are 16 KiB or more on average, except the last one of a file.
		const most = 2 * maxEntries + Math.ceil(bytes / 16_384);
		if (++placeCount > most || ++pending > MAX_PENDING) throw new ContentTooLargeError(root.toString(), "parts", most);
		const known = places.get(key);
		if (known === undefined) places.set(key, [place]);
		else known.push(place);
		outstanding.set(key, cid);
	}

	function invalid(block: Block, reason: string): never {
		throw new DagInvalidError(block.cid.toString(), reason);
	}

	function countEntry(): void {
		if (++entries > maxEntries) throw new ContentTooLargeError(root.toString(), "files and folders", maxEntries);
	}

	function openFile(block: Block, path: string, size: number): FileOp {
		countEntry();
		bytes += size;
		if (bytes > maxBytes) throw new ContentTooLargeError(root.toString(), "bytes", maxBytes);
		return { kind: "file", path, size, cid: block.cid.toString() };
	}

	function placeEntry(block: Block, node: Node | undefined, place: Place & { kind: "entry" }): FileOp[] {
		if (node === undefined) {
			const file = openFile(block, place.path, block.bytes.byteLength);
			return [file, { kind: "write", path: place.path, offset: 0, bytes: block.bytes }];
		}
		const { unixfs } = node;
		if (unixfs.type === "file" || unixfs.type === "raw") {
			const size = sizeOf(block, unixfs);
			const file = openFile(block, place.path, size);
			return [file, ...placePart(block, node, { kind: "part", path: place.path, offset: 0, size, level: 0 })];
		}
		if (unixfs.type !== "directory" && unixfs.type !== "hamt-sharded-directory")
			invalid(block, `"${place.path}" is a ${unixfs.type}; only files and directories are unpacked`);
		countEntry();
		placeChildren(block, node, { ...place, kind: "shard", level: 0 });
		return [{ kind: "directory", path: place.path }];
	}

	function placeChildren(block: Block, { unixfs, links }: Node, place: Place & { kind: "shard" }): void {
		const sharded = unixfs.type === "hamt-sharded-directory";
		if (!sharded && (place.level > 0 || unixfs.type !== "directory"))
			invalid(block, "it is not part of a sharded directory");
		if (sharded && place.level > MAX_SHARD_LEVELS) invalid(block, "the directory has too many levels of shards");
		const prefix = sharded ? shardPrefix(block, unixfs) : 0;
		for (const link of links) {
			const label = link.name;
			if (sharded && label.length === prefix) {
				want(link, { ...place, level: place.level + 1 });
				continue;
			}
			const name = label.slice(prefix);
			const path = place.path === "" ? name : `${place.path}/${name}`;
			const reason = name.includes("/") ? "the name contains a slash" : refusePath(path, maxDepth);
			if (reason !== undefined) invalid(block, `${JSON.stringify(path)}: ${reason}`);
			if (paths.has(path)) invalid(block, `"${path}" stands in it twice`);
			paths.add(path);
			want(link, { kind: "entry", path });
		}
	}

	function placePart(block: Block, node: Node | undefined, place: Place & { kind: "part" }): FileOp[] {
		if (node === undefined) {
			if (block.bytes.byteLength !== place.size)
				invalid(block, `a part of "${place.path}" has another size than declared`);
			return [{ kind: "write", path: place.path, offset: place.offset, bytes: block.bytes }];
		}
		const { unixfs, links } = node;
		if (unixfs.type !== "file" && unixfs.type !== "raw")
			invalid(block, `a part of "${place.path}" is a ${unixfs.type}`);
		if (sizeOf(block, unixfs) !== place.size)
			invalid(block, `a part of "${place.path}" has another size than declared`);
		if (unixfs.blockSizes.length !== links.length) invalid(block, `"${place.path}" declares no size for each part`);
		if (place.level >= MAX_FILE_LEVELS) invalid(block, `"${place.path}" has too many levels`);
		const ops: FileOp[] = [];
		let offset = place.offset;
		if (unixfs.data !== undefined && unixfs.data.byteLength > 0) {
			ops.push({ kind: "write", path: place.path, offset, bytes: unixfs.data });
			offset += unixfs.data.byteLength;
		}
		links.forEach((link, index) => {
			const size = Number(unixfs.blockSizes[index]);
			if (size === 0) invalid(block, `"${place.path}" has an empty part`);
			want(link, { kind: "part", path: place.path, offset, size, level: place.level + 1 });
			offset += size;
		});
		return ops;
	}

	want({ cid: root, key: root.toString() }, { kind: "entry", path: "" });
	return {
		root,
		outstanding,
		// Nodes add to the files' bytes: about 60 a chunk, and a directory entry's name.
		maxBytes: maxBytes + Math.ceil(maxBytes / 1024) + maxEntries * 512,
		accept(block) {
			const key = block.cid.toString();
			const mine = places.get(key) ?? [];
			places.delete(key);
			outstanding.delete(key);
			pending -= mine.length;
			const node = block.cid.code === RAW ? undefined : decodeUnixfs(block);
			return mine.flatMap((place) => {
				if (place.kind === "entry") return placeEntry(block, node, place);
				if (place.kind === "part") return placePart(block, node, place);
				if (node === undefined) return invalid(block, "it is not part of a sharded directory");
				placeChildren(block, node, place);
				return [];
			});
		},
	};
}

type Link = { cid: CID; key: string; name: string };
type Node = { unixfs: UnixFS; links: Link[] };

/** @throws {DagInvalidError} when a verified dag-pb block is not a UnixFS node. */
export function decodeUnixfs(block: Block): Node {
	const node = decodeNode(block);
	if (node.Data === undefined) throw new DagInvalidError(block.cid.toString(), "it is not a UnixFS node");
	try {
		const links = node.Links.map(({ Hash, Name = "" }) => ({ cid: Hash, key: Hash.toString(), name: Name }));
		return { unixfs: UnixFS.unmarshal(node.Data), links };
	} catch (cause) {
		throw new DagInvalidError(block.cid.toString(), "it is not a UnixFS node", cause);
	}
}

function sizeOf(block: Block, unixfs: UnixFS): number {
	const size = Number(unixfs.fileSize());
	if (!Number.isSafeInteger(size)) throw new DagInvalidError(block.cid.toString(), "it declares an impossible size");
	return size;
}

/** Shard labels begin with the slot number in hex, as wide as the fanout needs. */
function shardPrefix(block: Block, unixfs: UnixFS): number {
	const fanout = Number(unixfs.fanout ?? 0n);
	if (fanout !== 256) throw new DagInvalidError(block.cid.toString(), `its fanout is ${fanout}, not 256`);
	return 2;
}
