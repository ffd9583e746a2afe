import type { PBNode } from "@ipld/dag-pb";
import * as dagPb from "@ipld/dag-pb";
import type { CID } from "multiformats/cid";
import { type Block, DAG_PB, refuseCid } from "./block.ts";
import { ContentTooLargeError, DagInvalidError } from "./errors.ts";

/**
 * What somebody who fetches a DAG still wants. A supplier delivers wanted blocks in any order; each one delivered may
 * make more wanted. `T` is what a block turns into.
 */
export type Demand<T> = {
	readonly root: CID;
	/** Blocks wanted and not delivered, by CID text. Empty = the DAG is complete. */
	readonly outstanding: ReadonlyMap<string, CID>;
	/** Takes a verified, wanted block. */
	accept(block: Block): T;
	/** An upper bound of what the whole DAG may weigh, bytes. */
	readonly maxBytes: number;
};

export type DagLimits = {
	/** Sum of distinct blocks, bytes. */
	maxBytes: number;
	/** Distinct blocks. */
	maxBlocks: number;
};

/** Wants every distinct block of a DAG once, and hands it on as it is. */
export function everyBlock(root: CID, limits: DagLimits): Demand<Block> {
	const outstanding = new Map<string, CID>([[root.toString(), root]]);
	const known = new Set<string>(outstanding.keys());
	let bytes = 0;
	return {
		root,
		outstanding,
		maxBytes: limits.maxBytes,
		accept(block) {
			outstanding.delete(block.cid.toString());
			bytes += block.bytes.byteLength;
			if (bytes > limits.maxBytes) throw new ContentTooLargeError(root.toString(), "bytes", limits.maxBytes);
			for (const cid of linksOf(block)) {
				const key = cid.toString();
				if (known.has(key)) continue;
				if (known.size >= limits.maxBlocks) throw new ContentTooLargeError(root.toString(), "blocks", limits.maxBlocks);
				known.add(key);
				outstanding.set(key, cid);
			}
			return block;
		},
	};
}

/** The links of a block; none for a raw one. */
export function linksOf(block: Block): CID[] {
	return block.cid.code === DAG_PB ? decodeNode(block).Links.map((link) => link.Hash) : [];
}

/**
 * Decodes a dag-pb block whose hash was checked.
 *
 * @throws {DagInvalidError} when it does not decode, or links to a block that is not CIDv1 sha2-256 raw or dag-pb.
 */
export function decodeNode({ cid, bytes }: Block): PBNode {
	let node: PBNode;
	try {
		node = dagPb.decode(bytes);
	} catch (cause) {
		throw new DagInvalidError(cid.toString(), "it is not a dag-pb node", cause);
	}
	for (const link of node.Links) {
		const reason = refuseCid(link.Hash);
		if (reason !== undefined) throw new DagInvalidError(cid.toString(), `it links to ${link.Hash}: ${reason}`);
	}
	return node;
}
