import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JobSpec } from "depin/jobs";
import { type ContentClient, withSources } from "depin/storage";
import { isOfRegistry } from "../registry/reference.ts";
import { isAbort } from "../runtime/errors.ts";
import type { CacheKey } from "./cache/cacheRows.ts";
import { asContentFailure } from "./contentFailure.ts";
import { demandSigned, fetchWithin, type ImageOptions, loadImage, pullImage } from "./images.ts";
import { inFlight } from "./inFlight.ts";

const MAX_INPUT_BYTES = 256 * 2 ** 30;

export type TaskContent = { imageId: string; inputs: { path: string; source: string }[] };

/** Who wants content: until `release(holder)` nothing of it is evicted, whatever happens to this process. */
export type ContentUse = { holder: string; sources: readonly string[]; signal: AbortSignal };

export type ContentCache = {
	/** Image loaded and inputs on disk, verified. Rejects with `ContentFailure`, `EngineError` or AbortError. */
	ensure(spec: JobSpec, use: ContentUse): Promise<TaskContent>;
	/** Makes room for what a job may write. Rejects with `ContentFailure` when there is none. */
	demandRoom(spec: Pick<JobSpec, "outputs">, signal: AbortSignal): Promise<void>;
	/** Rejects with `ContentFailure` where the operator does not let this image run; with others when that is not known. */
	demandAllowed(spec: Pick<JobSpec, "image">, signal: AbortSignal): Promise<void>;
	/** The job is over. */
	release(holder: string): Promise<void>;
	/** An input, if it is here whole: where it lies and its bytes. Nothing is fetched; what is here stays until `release(holder)`. */
	holdInput(cid: string, holder: string): Promise<{ path: string; bytes: number } | undefined>;
};

export type ContentCacheOptions = ImageOptions & {
	client: ContentClient;
	/** Who of those that an earlier process knew still uses what it held. */
	holders: () => ReadonlySet<string>;
};

/** Images live in the engine, inputs by CID under `stateDir/inputs`; each is fetched once, however many jobs want it. */
export function createContentCache(options: ContentCacheOptions): ContentCache {
	const { cache, client, engine, stateDir, rules, holders } = options;
	const once = inFlight<string>();
	/** The policy does not change while a process runs, and an image's name is its content. */
	const allowed = new Set<string>();
	let recovered: Promise<void> | undefined;

	/** Once; again after a failure, which then was the engine's. */
	async function recover(): Promise<void> {
		recovered ??= cache.recover(holders());
		try {
			await recovered;
		} catch (error) {
			recovered = undefined;
			throw error;
		}
	}

	async function loadedImage(image: string, holder: string): Promise<string | undefined> {
		const entry = await cache.hold(holder, { kind: "image", key: image });
		if (!isOfRegistry(image)) return entry?.imageId && engine.imageId(entry.imageId);
		const id = await engine.imageId(image);
		// Whoever pulled it need not have looked.
		if (id !== undefined && entry === undefined) await judged(image, engine.demandRunnable(id));
		return id;
	}

	async function ensureImage(image: string, from: ContentClient, { holder, signal }: ContentUse): Promise<string> {
		const fetched = async () => {
			const present = await loadedImage(image, holder);
			if (present) return present;
			return fetching({ kind: "image", key: image }, async () => {
				const get = isOfRegistry(image) ? pullImage : loadImage;
				const { imageId, ...got } = await get(options, image, from, signal);
				await cache.came({ kind: "image", key: image }, { ...got, imageId });
				return imageId;
			});
		};
		return (await loadedImage(image, holder)) ?? once(`image ${image}`, signal, fetched, meansOf(from));
	}

	async function ensureInput(cid: string, from: ContentClient, { holder, signal }: ContentUse): Promise<string> {
		const at = { kind: "input", key: cid } as const;
		const target = cache.inputPath(cid);
		const fetched = async () => {
			const whole = (await cache.hold(holder, at)) && (await stat(target).catch(() => undefined));
			if (whole) return target;
			return fetching(at, async () => {
				await mkdir(join(stateDir, "inputs"), { recursive: true });
				await rm(target, { recursive: true, force: true });
				const wanted = { cid, target, maxBytes: MAX_INPUT_BYTES, what: "input" } as const;
				await cache.came(at, { bytes: await fetchWithin(cache, from, wanted, signal), ours: true });
				return target;
			});
		};
		// A hold of its own for each: the one who began may end before those who waited with it.
		await cache.hold(holder, at);
		return once(`input ${cid}`, signal, fetched, meansOf(from));
	}

	const judged = (image: string, judging: Promise<void>) =>
		judging.catch((error: unknown) => {
			throw asContentFailure("image", image, error);
		});

	async function fetching<T>(at: CacheKey, fetch: () => Promise<T>): Promise<T> {
		cache.coming(at);
		try {
			return await fetch();
		} catch (error) {
			await cache.failed(at);
			throw isAbort(error) ? error : asContentFailure(at.kind, at.key, error);
		}
	}

	return {
		async ensure(spec, use) {
			await recover();
			const from = withSources(client, [...use.sources]);
			await demandAllowed(spec, use.signal);
			const [imageId, ...inputs] = await Promise.all([
				ensureImage(spec.image, from, use),
				...spec.inputs.map(async ({ path, cid }) => ({ path, source: await ensureInput(cid, from, use) })),
			]);
			return { imageId, inputs };
		},
		async holdInput(cid, holder) {
			await recover(); // forgets the holds of who is over, and must not come after this one
			const entry = await cache.hold(holder, { kind: "input", key: cid });
			return entry && { path: cache.inputPath(cid), bytes: entry.bytes };
		},
		async demandRoom({ outputs }, signal) {
			const room = { place: "outputs", needed: outputs.maxBytes, signal } as const;
			await cache
				.within("the outputs", room, async () => {})
				.catch((error: unknown) => {
					throw asContentFailure("outputs", "of the job", error);
				});
		},
		demandAllowed,
		release: (holder) => cache.release(holder),
	};

	async function demandAllowed({ image }: Pick<JobSpec, "image">, signal: AbortSignal): Promise<void> {
		if (allowed.has(image)) return;
		try {
			await demandSigned(rules.signatures, image, client, signal);
			if (allowed.size > 10_000) allowed.clear();
			allowed.add(image);
		} catch (error) {
			throw isAbort(error) ? error : asContentFailure("image", image, error);
		}
	}
}

/** What one job's sources do not have, another's may. */
const meansOf = ({ sources }: ContentClient): string => sources.map(({ url }) => url).join(" ");
