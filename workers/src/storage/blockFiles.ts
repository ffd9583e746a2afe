import { readdir, readFile, stat, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { FsBlockstore } from "blockstore-fs";
import { NextToLast } from "blockstore-fs/sharding";
import type { CID } from "multiformats/cid";
import { isMissing } from "./fsErrors.ts";

/** A file of the block folder. Without a CID it is the unfinished write of a process that was killed. */
export type BlockFile = { path: string; cid: CID | undefined };

/** The folder of blocks: Helia's own block store, and what it does not tell about its files. */
export type BlockFiles = {
	readonly store: FsBlockstore;
	/** A stored block's bytes, undefined when it is not stored. In one go: Helia's own read is a stream of small pieces. */
	read(cid: CID): Promise<Uint8Array | undefined>;
	/** Size of a stored block, undefined when it is not stored. */
	sizeOf(cid: CID): Promise<number | undefined>;
	/** Marks a block as new, which keeps gc away from it for the grace period. */
	touch(cid: CID): Promise<void>;
	list(): AsyncGenerator<BlockFile>;
	look(path: string): Promise<{ bytes: number; modifiedMs: number } | undefined>;
	remove(path: string): Promise<void>;
};

export function openBlockFiles(dir: string): BlockFiles {
	const naming = new NextToLast();
	const pathOf = (cid: CID) => {
		const { dir: shard, file } = naming.encode(cid);
		return join(dir, shard, file);
	};
	return {
		store: new FsBlockstore(dir, { shardingStrategy: naming }),
		read: (cid) => orMissing(readFile(pathOf(cid))),
		async sizeOf(cid) {
			return (await statOf(pathOf(cid)))?.size;
		},
		async touch(cid) {
			const now = new Date();
			await utimes(pathOf(cid), now, now);
		},
		async *list() {
			for (const shard of await readdir(dir, { withFileTypes: true })) {
				if (!shard.isDirectory()) continue;
				for (const name of await readdir(join(dir, shard.name)))
					yield { path: join(dir, shard.name, name), cid: cidOf(naming, name) };
			}
		},
		async look(path) {
			const found = await statOf(path);
			return found && { bytes: found.size, modifiedMs: found.mtimeMs };
		},
		async remove(path) {
			await unlink(path).catch((error: unknown) => {
				if (!isMissing(error)) throw error;
			});
		},
	};
}

function cidOf(naming: NextToLast, name: string): CID | undefined {
	if (!name.endsWith(".data")) return undefined;
	try {
		return naming.decode(name).toV1();
	} catch {
		// Not a name that we write; whoever put it there did not put a block there.
		return undefined;
	}
}

const statOf = (path: string) => orMissing(stat(path));

async function orMissing<T>(reading: Promise<T>): Promise<T | undefined> {
	return reading.catch((error: unknown) => {
		if (isMissing(error)) return undefined;
		throw error;
	});
}
