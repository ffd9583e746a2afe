import { type Block, linksOf, RAW } from "depin/storage";
import type { CID } from "multiformats/cid";

/** A DAG that cannot be walked to its end, because a block of it is not stored. */
export class MissingBlockError extends Error {
	readonly cid: CID;
	constructor(cid: CID) {
		super(`block ${cid} is not stored here`);
		this.cid = cid;
	}
}

/**
 * Every distinct CID of a DAG, depth first, parents before children. `read` is asked for nodes only: a raw block has no
 * links, so finding out what belongs to a file does not read the file.
 */
export async function* walkDag(root: CID, read: (cid: CID) => Promise<Block>): AsyncGenerator<CID> {
	const seen = new Set<string>();
	const stack = [root];
	for (let cid = stack.pop(); cid !== undefined; cid = stack.pop()) {
		const key = cid.toString();
		if (seen.has(key)) continue;
		seen.add(key);
		yield cid;
		if (cid.code !== RAW) stack.push(...linksOf(await read(cid)).reverse());
	}
}
