import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { checkImageArchive, ImageInvalidError, type JobSpec, type Reason } from "depin/jobs";
import {
	type ContentClient,
	ContentTooLargeError,
	ContentUnavailableError,
	DagInvalidError,
	exportTo,
	parseCid,
	withSources,
} from "depin/storage";
import type { ContainerEngine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import { isAbort, oneLine } from "../runtime/errors.ts";
import { retry } from "../runtime/loop.ts";
import { inFlight } from "./inFlight.ts";
import type { Journal } from "./journal.ts";

/** A job cannot run because of something it names. Becomes a result with this reason, never a crash. */
export class ContentFailure extends Error {
	override readonly name = "ContentFailure";
	/** Asking again was tried before this was thrown. */
	readonly retriable = false;
	readonly reason: Reason;
	constructor(reason: Reason, message: string, cause?: unknown) {
		super(message, cause === undefined ? undefined : { cause });
		this.reason = reason;
	}
}

const GIB = 2 ** 30;
/** A node is not asked to take an archive it could not keep twice, once as a file and once in the engine. */
const MAX_IMAGE_BYTES = 64 * GIB;
const MAX_INPUT_BYTES = 256 * GIB;
/** A source may be restarting; a CID nobody has stays missing. */
const FETCH_ATTEMPTS = 3;

export type TaskContent = { imageId: string; inputs: { path: string; source: string }[] };

export type ContentCache = {
	/** Image loaded and inputs on disk, verified. Rejects with `ContentFailure`, `EngineError` or AbortError. */
	ensure(spec: JobSpec, sources: readonly string[], signal: AbortSignal): Promise<TaskContent>;
	/** True when nothing would have to be fetched. */
	has(spec: JobSpec): Promise<boolean>;
	/** Where an input lies, if it is here whole. */
	input(cid: string): string | undefined;
};

export type ContentCacheOptions = {
	client: ContentClient;
	engine: ContainerEngine;
	journal: Journal;
	stateDir: string;
};

/** Images by CID live in the engine, inputs by CID under `stateDir/inputs`; each is fetched once, however many jobs want it. */
export function createContentCache({ client, engine, journal, stateDir }: ContentCacheOptions): ContentCache {
	const once = inFlight<string>();
	const known = journal.db.prepare("SELECT image_id FROM images WHERE reference = ?");
	const remember = journal.db.prepare("INSERT OR REPLACE INTO images VALUES (?, ?)");

	async function loadedImage(reference: string): Promise<string | undefined> {
		if (isRegistryReference(reference)) return engine.imageId(reference);
		const id = known.get(reference)?.["image_id"] as string | undefined;
		return id && engine.imageId(id);
	}

	async function ensureImage(reference: string, from: ContentClient, signal: AbortSignal): Promise<string> {
		const present = await loadedImage(reference);
		if (present) return present;
		return once(
			`image ${reference}`,
			signal,
			async () => {
				if (isRegistryReference(reference)) return pull(reference, signal);
				const id = await loadFromContent(reference, from, signal);
				remember.run(reference, id);
				return id;
			},
			meansOf(from),
		);
	}

	async function pull(reference: string, signal: AbortSignal): Promise<string> {
		try {
			return await engine.pullImage(reference, signal);
		} catch (error) {
			if (error instanceof EngineError && (error.code === "image-missing" || error.code === "image-invalid"))
				throw new ContentFailure(error.code, error.message, error);
			throw error;
		}
	}

	async function loadFromContent(cid: string, from: ContentClient, signal: AbortSignal): Promise<string> {
		const tar = join(stateDir, "images", `${cid}.tar`);
		await mkdir(join(stateDir, "images"), { recursive: true });
		try {
			await rm(tar, { recursive: true, force: true });
			await fetchTo(from, cid, tar, { maxBytes: MAX_IMAGE_BYTES }, "image", signal);
			const { imageId } = await checkImageArchive(tar);
			await engine.loadImage(tar, imageId);
			return imageId;
		} catch (error) {
			if (error instanceof ImageInvalidError || (error instanceof EngineError && error.code === "image-invalid")) {
				throw new ContentFailure("image-invalid", `image ${cid}: ${oneLine(error)}`, error);
			}
			throw error;
		} finally {
			await rm(tar, { recursive: true, force: true });
		}
	}

	async function ensureInput(cid: string, from: ContentClient, signal: AbortSignal): Promise<string> {
		return once(
			`input ${cid}`,
			signal,
			async () => {
				const dir = join(stateDir, "inputs");
				await mkdir(dir, { recursive: true });
				const target = join(dir, cid);
				if (journal.get(`input ${cid}`)) return target;
				await rm(target, { recursive: true, force: true });
				await fetchTo(from, cid, target, { maxBytes: MAX_INPUT_BYTES }, "input", signal);
				journal.set(`input ${cid}`, "whole");
				return target;
			},
			meansOf(from),
		);
	}

	return {
		async ensure(spec, sources, signal) {
			const from = withSources(client, [...sources]);
			const [imageId, ...inputs] = await Promise.all([
				ensureImage(spec.image, from, signal),
				...spec.inputs.map(async ({ path, cid }) => ({ path, source: await ensureInput(cid, from, signal) })),
			]);
			return { imageId, inputs };
		},
		input: (cid) => (journal.get(`input ${cid}`) ? join(stateDir, "inputs", cid) : undefined),
		async has(spec) {
			return (
				spec.inputs.every(({ cid }) => journal.get(`input ${cid}`)) && (await loadedImage(spec.image)) !== undefined
			);
		},
	};
}

/** What one job's sources do not have, another's may. */
const meansOf = ({ sources }: ContentClient): string => sources.map(({ url }) => url).join(" ");

const isRegistryReference = (image: string): boolean => image.includes("@sha256:");

async function fetchTo(
	from: ContentClient,
	cid: string,
	target: string,
	limits: { maxBytes: number },
	what: "image" | "input",
	signal: AbortSignal,
): Promise<void> {
	try {
		await retry(() => exportTo(from, parseCid(cid), target, { limits, signal }), { signal, attempts: FETCH_ATTEMPTS });
	} catch (error) {
		if (isAbort(error)) throw error;
		const missing = error instanceof ContentUnavailableError;
		const invalid = error instanceof DagInvalidError || error instanceof ContentTooLargeError;
		if (!missing && !invalid) throw error;
		const reason = what === "input" ? "input-missing" : missing ? "image-missing" : "image-invalid";
		throw new ContentFailure(reason, `${what} ${cid}: ${oneLine(error)}`, error);
	}
}
