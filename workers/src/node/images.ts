import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { checkImageArchive, ImageInvalidError } from "depin/jobs";
import { type ContentClient, ContentTooLargeError, exportTo, parseCid } from "depin/storage";
import type { ContainerEngine } from "../engine/engine.ts";
import { type SignaturePolicy, unsigned } from "../registry/imagePolicy.ts";
import { inspectRemoteImage } from "../registry/remoteImage.ts";
import { retry } from "../runtime/loop.ts";
import { type Cache, DiskFullError } from "./cache/cache.ts";
import { ContentFailure } from "./contentFailure.ts";

/** A source may be restarting; what nobody has stays missing. */
export const FETCH_ATTEMPTS = 3;
/** Layers travel packed and lie unpacked, and while they are pulled they lie there both ways. Beyond it the disk is watched. */
const PULL_ROOM = 3;

export type ImageRules = {
	/** Of all layers, packed or not. */
	maxBytes: number;
	signatures: SignaturePolicy;
};

export type ImageOptions = {
	engine: ContainerEngine;
	cache: Cache;
	stateDir: string;
	rules: ImageRules;
};

/** Fetched, judged and in the engine, whose ID for it is returned. */
export type Fetched = { imageId: string; bytes: number; ours: boolean };

/** Pulls an image from its registry, after its manifest and config were judged there. */
export async function pullImage(
	{ engine, cache, rules }: ImageOptions,
	reference: string,
	{ allowPrivateSources: allowPrivate }: ContentClient,
	signal: AbortSignal,
): Promise<Fetched> {
	const options = { maxBytes: rules.maxBytes, allowPrivate, signal };
	const inspected = retry(() => inspectRemoteImage(reference, options), { signal, attempts: FETCH_ATTEMPTS });
	const { imageId: promised, compressedBytes } = await inspected;
	// The operator's own under another name: pulling adds a name to it, and removing it would take theirs.
	const ours = (await engine.imageId(promised)) === undefined;
	const room = { place: "image", needed: compressedBytes * PULL_ROOM, signal } as const;
	const imageId = await cache.within(`image ${reference}`, room, (watched) => engine.pullImage(reference, watched));
	const bytes = await engine.imageBytes(imageId);
	if (bytes <= rules.maxBytes) return { imageId, bytes, ours };
	if (ours) await engine.removeImage(imageId);
	throw new ImageInvalidError(`its layers have ${bytes} bytes unpacked; this node takes ${rules.maxBytes}`);
}

/** Fetches an archive by CID, judges it layer by layer, and loads it. */
export async function loadImage(
	{ engine, cache, stateDir, rules }: ImageOptions,
	cid: string,
	from: ContentClient,
	signal: AbortSignal,
): Promise<Fetched> {
	const tar = join(stateDir, "images", `${cid}.tar`);
	await mkdir(join(stateDir, "images"), { recursive: true });
	try {
		await rm(tar, { recursive: true, force: true });
		await fetchWithin(cache, from, { cid, target: tar, maxBytes: rules.maxBytes, what: "image" }, signal);
		const { imageId, bytes } = await checkImageArchive(tar, { maxBytes: rules.maxBytes });
		// Another node's, or the operator's own: not ours to throw away.
		const ours = (await engine.imageId(imageId)) === undefined;
		if (ours) {
			cache.coming({ kind: "image", key: cid }, imageId);
			const room = { place: "image", needed: bytes, signal } as const;
			await cache.within(`image ${cid}`, room, () => engine.loadImage(tar, imageId));
		}
		return { imageId, bytes, ours };
	} finally {
		await rm(tar, { recursive: true, force: true });
	}
}

type Fetch = { cid: string; target: string; maxBytes: number; what: "image" | "input" };

/** Writes content to a file or folder where there is room for it. @returns its bytes */
export async function fetchWithin(
	cache: Cache,
	from: ContentClient,
	fetch: Fetch,
	signal: AbortSignal,
): Promise<number> {
	const { cid, target, maxBytes, what } = fetch;
	/** Nobody says beforehand how large it is: the walk over its blocks ends where the room does. */
	const attempt = (free: number) =>
		cache.within(`${what} ${cid}`, { place: "input", needed: 0, signal }, (watched) => {
			const limits = { maxBytes: Math.min(maxBytes, free) };
			return retry(() => exportTo(from, parseCid(cid), target, { limits, signal: watched }), {
				signal: watched,
				attempts: FETCH_ATTEMPTS,
			});
		});
	for (const last of [false, true]) {
		const free = cache.freeNow("input");
		try {
			return (await attempt(free)).bytes;
		} catch (error) {
			if (!(error instanceof ContentTooLargeError) || free >= maxBytes) throw error;
			if (last) throw new DiskFullError(`${what} ${cid}`, cache.keepFree);
			await cache.clear("input");
		}
	}
	throw new DiskFullError(`${what} ${cid}`, cache.keepFree);
}

/** @throws {ContentFailure} where the operator's signature policy does not let an image run */
export async function demandSigned(
	policy: SignaturePolicy,
	image: string,
	{ allowPrivateSources: allowPrivate }: ContentClient,
	signal: AbortSignal,
): Promise<void> {
	const refusal = await retry(() => unsigned(policy, image, { allowPrivate, signal }), {
		signal,
		attempts: FETCH_ATTEMPTS,
	});
	if (refusal !== undefined) throw new ContentFailure("image-unsigned", refusal);
}
