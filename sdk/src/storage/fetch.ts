import type { CID } from "multiformats/cid";
import { callHttp } from "#http";
import { DepinError } from "../errors/base.ts";
import { type Block, MAX_BLOCK_BYTES, parseCid, RAW, verifyBlock } from "./block.ts";
import { readAll } from "./bytes.ts";
import { decodeCar } from "./car.ts";
import { type ContentClient, type ContentSource, mayBePrivate } from "./client.ts";
import { createDagWalk } from "./dagWalk.ts";
import { type DagLimits, type Demand, everyBlock } from "./demand.ts";
import { ContentUnavailableError, DagInvalidError, SourceFailedError } from "./errors.ts";

const PARALLEL_BLOCKS = 8;
const DEFAULT_DAG_LIMITS: DagLimits = { maxBytes: 2 ** 40, maxBlocks: 4_000_000 };

export type FetchOptions = { signal?: AbortSignal | undefined };

/**
 * One block by its CID, from the first source that gives the right bytes.
 *
 * @throws {ContentUnavailableError} names every source asked and why it failed.
 */
export async function fetchRaw(client: ContentClient, cid: CID | string, options: FetchOptions = {}): Promise<Block> {
	return blockFromAny(client, [...client.sources], typeof cid === "string" ? parseCid(cid) : cid, options);
}

/**
 * Every distinct block of a DAG, each verified, parents before children. Completeness is checked: the end of the
 * iteration means that no block is missing.
 *
 * @throws {ContentUnavailableError} when no source can give some block.
 * @throws {ContentTooLargeError} beyond `limits`.
 */
export async function* fetchDag(
	client: ContentClient,
	root: CID | string,
	{ limits, signal }: FetchOptions & { limits?: Partial<DagLimits> } = {},
): AsyncGenerator<Block> {
	const cid = typeof root === "string" ? parseCid(root) : root;
	yield* supply(client, everyBlock(cid, { ...DEFAULT_DAG_LIMITS, ...limits }), { signal });
}

/**
 * A file's bytes, for documents and logs; larger things go to disk with `exportTo`.
 *
 * @throws {ContentTooLargeError} when the file has more than `maxBytes`.
 * @throws {DagInvalidError} when the CID is a directory.
 */
export async function readFile(
	client: ContentClient,
	cid: CID | string,
	{ maxBytes, signal }: FetchOptions & { maxBytes: number },
): Promise<Uint8Array> {
	const root = typeof cid === "string" ? parseCid(cid) : cid;
	let content = new Uint8Array(0);
	// One block names fewer entries than this, so a directory is told apart before it counts as too large.
	const walk = createDagWalk(root, { maxBytes, maxEntries: 10_000 });
	for await (const ops of supply(client, walk, { signal })) {
		for (const op of ops) {
			if (op.kind === "directory") throw new DagInvalidError(root.toString(), "it is a directory, not a file");
			if (op.kind === "file") content = new Uint8Array(op.size);
			else content.set(op.bytes, op.offset);
		}
	}
	return content;
}

/**
 * Feeds a demand until nothing is outstanding: first the CAR of one source as a stream, then what is still missing
 * block by block from any.
 */
export async function* supply<T>(
	client: ContentClient,
	demand: Demand<T>,
	{ signal }: FetchOptions = {},
): AsyncGenerator<T> {
	// Sources that fail move to the end, so that a dead one is waited for once and not for every block.
	const sources = [...client.sources];
	if (demand.root.code !== RAW)
		for (const source of client.sources) {
			const delivered = yield* supplyFromCar(client, source, demand, signal);
			if (delivered > 0) break;
			demote(sources, source);
		}
	while (demand.outstanding.size > 0) {
		const next = firstOf(demand.outstanding.values(), PARALLEL_BLOCKS);
		for (const block of await Promise.all(next.map((cid) => blockFromAny(client, sources, cid, { signal })))) {
			// An earlier block of the same batch may have been wanted twice.
			if (demand.outstanding.has(block.cid.toString())) yield demand.accept(block);
		}
	}
}

/** Returns how many blocks the source delivered; a source that fails half-way has delivered some. */
async function* supplyFromCar<T>(
	client: ContentClient,
	source: ContentSource,
	demand: Demand<T>,
	signal: AbortSignal | undefined,
): AsyncGenerator<T, number> {
	let delivered = 0;
	const blocks = carBlocks(client, source, demand, signal);
	try {
		for (;;) {
			const next = await blocks.next().catch((error: unknown) => {
				// What the raw requests that follow will try again; anything else is not the source's doing.
				if (error instanceof DepinError) return { done: true as const };
				throw error;
			});
			if (next.done === true) return delivered;
			if (!demand.outstanding.has(next.value.cid.toString())) continue;
			delivered++;
			yield demand.accept(next.value);
			if (demand.outstanding.size === 0) return delivered;
		}
	} finally {
		await blocks.return(undefined);
	}
}

async function* carBlocks(
	client: ContentClient,
	source: ContentSource,
	{ root, maxBytes }: Demand<unknown>,
	signal: AbortSignal | undefined,
): AsyncGenerator<Block> {
	const url = `${source.url}/ipfs/${root}?format=car&dag-scope=all`;
	const answer = await callHttp(url, {
		headers: { accept: "application/vnd.ipld.car; version=1; order=dfs; dups=n" },
		allowPrivate: mayBePrivate(client, source),
		// CAR framing adds about 40 bytes a block.
		maxBytes: maxBytes * 1.1 + MAX_BLOCK_BYTES,
		signal,
	});
	if (answer.status !== 200) {
		await answer.body.return(undefined);
		throw new SourceFailedError(source.url, `it answered ${answer.status} for ${root}`);
	}
	const car = await decodeCar(answer.body, source.url);
	yield* car.blocks;
}

async function blockFromAny(
	client: ContentClient,
	sources: ContentSource[],
	cid: CID,
	{ signal }: FetchOptions,
): Promise<Block> {
	const failures: DepinError[] = [];
	for (const source of [...sources]) {
		try {
			return await blockFrom(client, source, cid, signal);
		} catch (error) {
			if (!(error instanceof DepinError)) throw error;
			failures.push(error);
			demote(sources, source);
		}
	}
	throw new ContentUnavailableError(cid.toString(), failures);
}

async function blockFrom(
	client: ContentClient,
	source: ContentSource,
	cid: CID,
	signal: AbortSignal | undefined,
): Promise<Block> {
	const answer = await callHttp(`${source.url}/ipfs/${cid}?format=raw`, {
		headers: { accept: "application/vnd.ipld.raw" },
		allowPrivate: mayBePrivate(client, source),
		maxBytes: MAX_BLOCK_BYTES,
		signal,
	});
	if (answer.status !== 200) {
		await answer.body.return(undefined);
		throw new SourceFailedError(source.url, `it answered ${answer.status} for ${cid}`);
	}
	return verifyBlock(cid, await readAll(answer.body), source.url);
}

function demote(sources: ContentSource[], source: ContentSource): void {
	const index = sources.indexOf(source);
	if (index >= 0) sources.push(...sources.splice(index, 1));
}

function firstOf<T>(values: Iterable<T>, count: number): T[] {
	const first: T[] = [];
	for (const value of values) {
		first.push(value);
		if (first.length === count) break;
	}
	return first;
}
