import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerEngine } from "../../engine/engine.ts";
import { isOfRegistry } from "../../registry/reference.ts";
import type { Journal } from "../journal.ts";
import { type CacheEntry, type CacheKey, type CacheKind, cacheRows } from "./cacheRows.ts";
import { freeBytes, onOneDisk } from "./disk.ts";
import { evictable, toEvict, type Watermarks } from "./eviction.ts";

/** How often a disk is looked at while something of unknown size is written to it. */
const WATCH_MS = 250;
const MIB = 2 ** 20;

/** There is no room for what a job needs, and nothing left that could be thrown away. */
export class DiskFullError extends Error {
	override readonly name = "DiskFullError";
	readonly retriable = false;
	constructor(what: string, keepFree: number) {
		super(
			`no disk is left for ${what} beside the ${Math.ceil(keepFree / MIB)} MiB that stay free (disk.keepFreeMiB). ` +
				"The job goes back unpaid, for other nodes to take.",
		);
	}
}

export type CacheLimits = {
	watermarks: Watermarks;
	/** Bytes of each disk that nothing fetched or run may take. */
	keepFree: number;
};

export type CacheEvents = {
	/** Before anything of it is deleted. */
	evicting(entry: CacheEntry): Promise<void>;
	evicted(entry: CacheEntry): void;
	/** Bytes of each kind held, after a change. */
	holds(bytes: Record<CacheKind, number>): void;
};

const nameOf = ({ kind, key }: CacheKey): string => `${kind} ${key}`;

/** Where a kind of content lies; where a job's outputs will. */
export type Disks = Record<CacheKind | "outputs", string>;

export type Cache = ReturnType<typeof createCache>;

/** What a node fetched and may throw away again: least recently used first, never what a job uses or is about to. */
export function createCache(options: {
	journal: Journal;
	engine: Pick<ContainerEngine, "imageId" | "imageBytes" | "removeImage">;
	stateDir: string;
	disks: Disks;
	limits: CacheLimits;
	events: CacheEvents;
}) {
	const { engine, stateDir, disks, limits, events } = options;
	const rows = cacheRows(options.journal);
	const going = new Map<string, Promise<void>>();
	const inputPath = (cid: string) => join(stateDir, "inputs", cid);

	/** Deletes what a row says is going. Safe to repeat: the row goes last. */
	function remove(entry: CacheEntry): Promise<void> {
		const removed = removeNow(entry).finally(() => going.delete(nameOf(entry)));
		going.set(nameOf(entry), removed);
		return removed;
	}

	async function removeNow(entry: CacheEntry): Promise<void> {
		await events.evicting(entry);
		if (entry.kind === "input") {
			for (const path of [inputPath(entry.key), `${inputPath(entry.key)}.partial`])
				await rm(path, { recursive: true, force: true });
			return rows.drop(entry);
		}
		const imageId = await inEngine(entry);
		if (imageId === undefined || (await engine.removeImage(imageId))) return rows.drop(entry);
		// Somebody else's container runs it: as good as used by us.
		rows.mark(entry, "whole");
		rows.touch(entry);
	}

	async function evict(lacking: { bytes: number; kinds: readonly CacheKind[] }): Promise<void> {
		const entries = rows.all();
		const chosen = toEvict(entries, { watermarks: limits.watermarks, lacking });
		// All rows before the first await: whoever wants one of these from now on waits, and fetches it anew.
		for (const entry of chosen) rows.mark(entry, "going");
		const left = entries.filter((entry) => entry.state === "going" && !going.has(nameOf(entry))); // by a failure
		await Promise.all([...chosen, ...left].map(remove));
		for (const entry of chosen) if (!rows.get(entry)) events.evicted(entry);
		if (chosen.length > 0) tell();
	}

	const inEngine = ({ key, imageId }: CacheEntry): Promise<string | undefined> =>
		imageId === undefined && !isOfRegistry(key) ? Promise.resolve(undefined) : engine.imageId(imageId ?? key);

	function tell(): void {
		const bytes = { image: 0, input: 0 };
		for (const entry of rows.all()) if (entry.ours) bytes[entry.kind] += entry.bytes;
		events.holds(bytes);
	}

	/** What shares a disk with this. */
	const kindsBeside = (place: keyof Disks): CacheKind[] =>
		(["image", "input"] as const).filter((kind) => onOneDisk(disks[kind], disks[place]));

	return {
		inputPath,
		keepFree: limits.keepFree,

		/** The entry when it is whole, and from this call on nobody evicts it before `release(holder)`. */
		async hold(holder: string, at: CacheKey): Promise<CacheEntry | undefined> {
			rows.hold(holder, at);
			await going.get(nameOf(at));
			rows.touch(at);
			const entry = rows.get(at);
			return entry?.state === "whole" ? entry : undefined;
		},

		/** Ends all holds of a job. What it used stays until its room is needed. */
		async release(holder: string): Promise<void> {
			rows.release(holder);
			await evict({ bytes: 0, kinds: [] });
		},

		/** Before the first byte of it is asked for; and again before an image goes to the engine, when its ID is known. */
		coming(at: CacheKey, imageId?: string): void {
			rows.put({ ...at, state: "coming", imageId, bytes: 0, usedAt: Date.now(), ours: true });
		},

		async came(at: CacheKey, what: { bytes: number; imageId?: string; ours: boolean }): Promise<void> {
			rows.put({ ...at, imageId: undefined, ...what, state: "whole", usedAt: Date.now() });
			tell();
			await evict({ bytes: 0, kinds: [] });
		},

		/** Whatever came of it goes. */
		async failed(at: CacheKey): Promise<void> {
			const entry = rows.get(at);
			if (entry) await remove(entry);
		},

		/** Bytes that can be written there now. */
		freeNow: (place: keyof Disks): number => Math.max(0, freeBytes(disks[place]) - limits.keepFree),

		/** Bytes that could be written there, were all thrown away that may go. */
		room(place: keyof Disks): number {
			const kinds = kindsBeside(place);
			const idle = evictable(rows.all()).filter(({ kind }) => kinds.includes(kind));
			return freeBytes(disks[place]) - limits.keepFree + idle.reduce((sum, { bytes }) => sum + bytes, 0);
		},

		/** Throws all away there that may go. */
		clear: (place: keyof Disks): Promise<void> => evict({ bytes: Number.POSITIVE_INFINITY, kinds: kindsBeside(place) }),

		/**
		 * Makes room for `needed` bytes, then does the work while watching that the disk keeps what it is to keep.
		 * @throws {DiskFullError} before the work, or in the middle of it, which then is aborted
		 */
		async within<T>(
			what: string,
			{ place, needed, signal }: { place: keyof Disks; needed: number; signal: AbortSignal },
			work: (signal: AbortSignal) => Promise<T>,
		): Promise<T> {
			const disk = disks[place];
			const full = new AbortController();
			/** Whether `more` bytes fit; makes them fit where something can go. */
			const look = async (more: number) => {
				const lacking = () => more + limits.keepFree - freeBytes(disk);
				if (lacking() > 0) await evict({ bytes: lacking(), kinds: kindsBeside(place) });
				if (lacking() > 0) full.abort(new DiskFullError(what, limits.keepFree));
			};
			await look(needed);
			full.signal.throwIfAborted();
			let looking = Promise.resolve();
			const watch = setInterval(() => {
				// What cannot be thrown away now, an engine being away say, is disk that is not there.
				looking = looking.then(() => look(0)).catch((error: unknown) => full.abort(error));
			}, WATCH_MS);
			try {
				return await work(AbortSignal.any([signal, full.signal]));
			} catch (error) {
				throw full.signal.aborted && !signal.aborted ? full.signal.reason : error;
			} finally {
				clearInterval(watch);
			}
		},

		/**
		 * Finishes what a kill cut short, and forgets holders that are none of these. Call before anything else; safe to
		 * repeat.
		 */
		async recover(holders: ReadonlySet<string>): Promise<void> {
			rows.releaseAllBut(holders);
			await rm(join(stateDir, "images"), { recursive: true, force: true });
			for (const entry of rows.all()) {
				if (entry.state === "going") await remove(entry);
				if (entry.state !== "coming") continue;
				// The engine may have got it whole after we were gone; it was not there when we asked.
				const imageId = entry.kind === "image" ? await inEngine(entry) : undefined;
				if (imageId === undefined) await remove(entry);
				else rows.put({ ...entry, state: "whole", imageId, bytes: await engine.imageBytes(imageId) });
			}
			tell();
		},

		/** Keys of what need not be fetched, last used first. */
		warm(kind: CacheKind, most: number): string[] {
			const whole = rows.all().filter((entry) => entry.kind === kind && entry.state === "whole");
			return whole
				.sort((a, b) => b.usedAt - a.usedAt)
				.slice(0, most)
				.map(({ key }) => key);
		},
	};
}
