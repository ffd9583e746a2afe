import type { Helia } from "helia";
import { createUnsafe } from "multiformats/block";
import type { CID } from "multiformats/cid";
import * as raw from "multiformats/codecs/raw";
import { oneLine } from "../runtime/errors.ts";
import type { Logger } from "../runtime/log.ts";
import type { BlockGuard, Hold } from "./blockGuard.ts";
import { openPinIntents, type PinIntent } from "./pinIntents.ts";

export type Pin = { cid: CID; name: string; createdAt: string };

export type PinRegistry = {
	/**
	 * Keeps a DAG, all of which must be stored. Pinning it again renames it.
	 * @throws {MissingBlockError} names the first block that is not stored; nothing is pinned then
	 */
	add(root: CID, name: string): Promise<Pin>;
	/** False when it was not pinned. Its blocks stay until gc, unless another pin keeps them. */
	remove(root: CID): Promise<boolean>;
	list(): Promise<Pin[]>;
};

export type PinRegistryParts = {
	helia: Pick<Helia, "pins">;
	guard: BlockGuard;
	/** Folder for notes of unfinished pinning. */
	intentsDir: string;
	/** All CIDs of a DAG, held and present. */
	holdDag: (root: CID, hold: Hold) => Promise<CID[]>;
	dagOf: (root: CID) => AsyncIterable<CID>;
	log: Logger;
};

/**
 * Helia's pins, with the three things they lack: `add` and `rm` are generators that do nothing until they are iterated;
 * two at once lose each other's counts; and one that is killed half-way leaves counts that no pin accounts for, so that
 * gc would keep those blocks for ever. Hence: iterate, one at a time, and an intent on disk that the next start settles.
 */
export async function createPinRegistry(parts: PinRegistryParts): Promise<PinRegistry> {
	const { helia, guard, holdDag, dagOf, log } = parts;
	const { pins } = helia;
	const intents = await openPinIntents(parts.intentsDir);
	let lane: Promise<unknown> = Promise.resolve();
	const oneAtATime = <T>(work: () => Promise<T>): Promise<T> => {
		const turn = lane.then(work);
		lane = turn.catch(() => {});
		return turn;
	};
	const find = (root: CID) =>
		pins.get(root).then(describe, (error: unknown) => {
			if (error instanceof Error && error.name === "NotFoundError") return undefined;
			throw error;
		});
	const mark = async (root: CID, cids: Iterable<CID> | AsyncIterable<CID>, metadata: Record<string, string>) => {
		for await (const _ of pins.add(root, { metadata, walker: () => ({ walk: () => asNodes(cids) }) }));
	};
	const unmark = async (root: CID) => {
		const hold = guard.hold();
		try {
			// Unmarked from the root down: without the hold, gc could take a node before its links were read.
			const cids = await holdDag(root, hold);
			for await (const _ of pins.rm(root, { walker: () => ({ walk: () => asNodes(cids) }) }));
		} finally {
			hold.release();
		}
	};

	async function addNow(root: CID, name: string): Promise<Pin> {
		const createdAt = (await find(root))?.createdAt;
		if (createdAt !== undefined) {
			await pins.setMetadata(root, { name, createdAt });
			return { cid: root, name, createdAt };
		}
		const hold = guard.hold();
		try {
			const cids = await holdDag(root, hold);
			const metadata = { name, createdAt: new Date().toISOString() };
			await intents.during(root, "add", () => mark(root, cids, metadata));
			return { cid: root, ...metadata };
		} finally {
			hold.release();
		}
	}

	/** Marking is idempotent and unmarking undoes all of it, however far a killed process came with either. */
	async function finish(root: CID, intent: PinIntent): Promise<void> {
		const pinned = (await find(root)) !== undefined;
		if (intent === "add" && pinned) return;
		if (!pinned) await mark(root, dagOf(root), {});
		await unmark(root);
		log.info({ cid: root.toString(), intent }, "settled a pin change that an earlier run began");
	}

	await intents.settle(finish, (root, error) =>
		log.warn({ cid: root, cause: oneLine(error) }, "an unfinished pin change cannot be settled; its blocks stay"),
	);
	return {
		add: (root, name) => oneAtATime(() => addNow(root, name)),
		remove: (root) =>
			oneAtATime(async () => {
				if (!(await find(root))) return false;
				await intents.during(root, "remove", () => unmark(root));
				return true;
			}),
		async list() {
			const all: Pin[] = [];
			for await (const pin of pins.ls()) all.push({ cid: pin.cid, ...describe(pin) });
			return all.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
		},
	};
}

function describe({ metadata }: { metadata: Record<string, string | number | boolean> }) {
	return { name: String(metadata["name"] ?? ""), createdAt: String(metadata["createdAt"] ?? "") };
}

/** Helia marks every node that a walker yields and looks at its CID alone; no bytes have to be read for it. */
function asNodes(cids: Iterable<CID> | AsyncIterable<CID>): AsyncGenerator<never> {
	// A walker is generic in what blocks decode to, and these decode to nothing.
	return nodesOf(cids) as AsyncGenerator<never>;
}

async function* nodesOf(cids: Iterable<CID> | AsyncIterable<CID>) {
	const bytes = new Uint8Array();
	for await (const cid of cids) yield { block: createUnsafe({ cid, bytes, codec: raw }), depth: 0, path: [] };
}
