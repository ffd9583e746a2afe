import { BlockMismatchError, CarInvalidError, type CarStream, DagInvalidError, decodeCar } from "depin/storage";
import type { ContentStore } from "./contentStore.ts";
import type { DiskSpace } from "./diskSpace.ts";
import { RequestError } from "./errors.ts";
import { MissingBlockError } from "./walk.ts";

export type Uploaded = { roots: string[]; blocks: number; bytes: number };

export type UploadLimits = { maxUploadBytes: number; maxRoots: number };

/** How much is written between two looks at the disk. */
const LOOK_EVERY_BYTES = 32 * 1024 * 1024;

/**
 * Takes a CAR: every block is verified, then the roots are pinned under `name`. A CAR without roots stores blocks for a
 * later one; gc leaves them for the grace period. Nothing of a refused upload is pinned.
 * @throws {RequestError} what was wrong with it
 */
export async function takeUpload(
	parts: { store: ContentStore; disk: DiskSpace; limits: UploadLimits },
	body: AsyncIterable<Uint8Array>,
	name: string,
): Promise<Uploaded> {
	const { store, disk, limits } = parts;
	const hold = store.hold();
	try {
		const car = await decodeCar(bounded(body, limits.maxUploadBytes), "this upload");
		if (car.roots.length > limits.maxRoots)
			throw new RequestError(400, "too-many-roots", `a CAR may name up to ${limits.maxRoots} roots`);
		const stored = await storeBlocks({ store, disk, hold }, car);
		for (const root of car.roots) await store.pins.add(root, name);
		return { roots: car.roots.map(String), ...stored };
	} catch (error) {
		throw explain(error);
	} finally {
		hold.release();
	}
}

async function storeBlocks(
	{ store, disk, hold }: { store: ContentStore; disk: DiskSpace; hold: ReturnType<ContentStore["hold"]> },
	car: CarStream,
): Promise<{ blocks: number; bytes: number }> {
	const stored = { blocks: 0, bytes: 0 };
	let allowance = 0;
	for await (const block of car.blocks) {
		if (allowance <= 0) {
			await disk.require(LOOK_EVERY_BYTES);
			allowance = LOOK_EVERY_BYTES;
		}
		await store.write(block, hold);
		allowance -= block.bytes.byteLength;
		stored.blocks += 1;
		stored.bytes += block.bytes.byteLength;
	}
	return stored;
}

async function* bounded(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
	let bytes = 0;
	for await (const chunk of body) {
		bytes += chunk.byteLength;
		if (bytes > limit) throw tooLarge(limit);
		yield chunk;
	}
}

export function tooLarge(limit: number): RequestError {
	return new RequestError(413, "upload-too-large", `one upload may have ${limit} bytes; send larger content in parts`);
}

/** What the sender did wrong, as a status; a fault of ours stays what it is. */
function explain(error: unknown): unknown {
	if (error instanceof MissingBlockError)
		return new RequestError(422, "dag-incomplete", `${error.message}; send it with, or before, the root`, {
			cause: error,
		});
	if (error instanceof CarInvalidError || error instanceof BlockMismatchError || error instanceof DagInvalidError)
		return new RequestError(400, error.code, error.shortMessage, { cause: error });
	return error;
}
