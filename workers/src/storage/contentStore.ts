import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LevelDatastore } from "datastore-level";
import type { Block } from "depin/storage";
import { createHeliaLight } from "helia";
import type { CID } from "multiformats/cid";
import { OperatorError } from "../runtime/errors.ts";
import type { Logger } from "../runtime/log.ts";
import { openBlockFiles } from "./blockFiles.ts";
import { createBlockGuard, type Hold } from "./blockGuard.ts";
import { collectGarbage, type GcResult } from "./gc.ts";
import { createPinRegistry, type PinRegistry } from "./pins.ts";
import { MissingBlockError, walkDag } from "./walk.ts";

export type ContentStore = {
	has(cid: CID): Promise<boolean>;
	/** @throws {MissingBlockError} when it is not stored */
	read(cid: CID): Promise<Block>;
	/** Stores a verified block and keeps it for as long as `hold` is open, and the grace period after. */
	write(block: Block, hold: Hold): Promise<void>;
	hold(): Hold;
	pins: PinRegistry;
	/** Removes what nobody pinned, nobody holds, and nobody wrote within the grace period. */
	gc(): Promise<GcResult>;
	close(): Promise<void>;
};

/**
 * Helia on disk under `dir`, without any networking: no libp2p, no routers, no block brokers. What is not stored is
 * missing.
 * @throws {OperatorError} when another process uses `dir`
 */
export async function openContentStore(options: { dir: string; graceMs: number; log: Logger }): Promise<ContentStore> {
	const { dir, graceMs, log } = options;
	await mkdir(join(dir, "blocks"), { recursive: true });
	const files = openBlockFiles(join(dir, "blocks"));
	const datastore = new LevelDatastore(join(dir, "data"));
	await datastore.open().catch((cause: unknown) => {
		// LevelDB's wrapper drops the reason, and a second process on the same folder is by far the likeliest.
		const fix = "stop the other storage process that uses it, or give this one another dir";
		throw new OperatorError("dir-in-use", `cannot open the index in ${dir}; ${fix}`, { cause });
	});
	const helia = createHeliaLight({ blockstore: files.store, datastore });
	await helia.start();
	const guard = createBlockGuard();
	const openedMs = Date.now();

	const has = async (cid: CID) => (await files.sizeOf(cid)) !== undefined;
	const read = async (cid: CID): Promise<Block> => {
		const bytes = await files.read(cid);
		if (!bytes) throw new MissingBlockError(cid);
		return { cid, bytes };
	};
	/** Every CID of a DAG, each held and then found present. */
	const holdDag = async (root: CID, hold: Hold): Promise<CID[]> => {
		const found: CID[] = [];
		for await (const cid of walkDag(root, read)) {
			hold.add(cid);
			if (!(await guard.alone(cid, () => has(cid)))) throw new MissingBlockError(cid);
			found.push(cid);
		}
		return found;
	};
	const pins = await createPinRegistry({
		helia,
		guard,
		holdDag,
		log,
		intentsDir: join(dir, "pinning"),
		dagOf: (root) => walkDag(root, read),
	});
	return {
		has,
		read,
		write: ({ cid, bytes }, hold) => {
			hold.add(cid);
			return guard.alone(cid, async () => {
				// A file of another size is what a power cut left of an earlier write.
				if ((await files.sizeOf(cid)) === bytes.byteLength) await files.touch(cid);
				else await files.store.put(cid, bytes);
			});
		},
		hold: guard.hold,
		pins,
		gc: () => collectGarbage({ files, guard, isPinned: (cid) => helia.pins.isPinned(cid), graceMs, openedMs }),
		async close() {
			await helia.stop();
			await datastore.close();
		},
	};
}
