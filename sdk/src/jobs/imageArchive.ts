import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { canonicalBytes } from "./canonicalJson.ts";
import { ImageInvalidError } from "./errors.ts";
import {
	checkImageConfig,
	hostArchitecture,
	MAX_CONFIG_BYTES,
	MAX_MANIFEST_BYTES,
	parseSaveManifest,
} from "./imageConfig.ts";
import { readTar, type TarEntry } from "./tarFormat.ts";

/** What an image archive holds. */
export type ImageInfo = {
	/** `sha256:…` of the config: what the engine must call it after loading, and what a job runs. */
	imageId: string;
	architecture: string;
	layers: number;
	/** Of all layers, uncompressed. */
	bytes: number;
};

export type ImageLimits = {
	/** Sum of the layers, uncompressed. Default 64 GiB. */
	maxBytes?: number;
	/** Default: this machine's; `any` when it is not to run here. */
	architecture?: string | "any";
};

const MAX_IMAGE_BYTES = 64 * 2 ** 30;

/** The manifest.json of an archive: one image, no tags, layers named by their digest. */
export function archiveManifest(imageId: string, diffIds: readonly string[]): Uint8Array {
	return canonicalBytes([{ Config: `${hexOf(imageId)}.json`, Layers: diffIds.map(layerName), RepoTags: null }]);
}

/** A layer's file in the archive. */
export function layerName(diffId: string): string {
	return `${hexOf(diffId)}.tar`;
}

/** Each layer once, in the order of the config: an image may use one layer, an empty one say, several times. */
export function distinctLayers(diffIds: readonly string[]): string[] {
	return [...new Set(diffIds)];
}

/**
 * Checks an image archive before an engine may load it, in one pass and bounded memory: the form byte for byte, one
 * image without tags, the config's content, and each layer's bytes against the config. After loading, the engine must
 * hold exactly `imageId`.
 *
 * @param file A local file whose CID was verified.
 * @throws {ImageInvalidError} says what is wrong.
 *
 * @example
 * const { imageId } = await checkImageArchive('/var/lib/depin/images/bafy….tar')
 */
export async function checkImageArchive(file: string, limits: ImageLimits = {}): Promise<ImageInfo> {
	const { maxBytes = MAX_IMAGE_BYTES, architecture = hostArchitecture() } = limits;
	const entries = readTar(createReadStream(file));
	try {
		const manifest = await smallEntry(entries, "manifest.json", MAX_MANIFEST_BYTES);
		const config = await smallEntry(entries, undefined, MAX_CONFIG_BYTES);
		const imageId = `sha256:${createHash("sha256").update(config.bytes).digest("hex")}`;
		const checked = checkImageConfig(config.bytes, architecture === "any" ? undefined : architecture);
		const named = parseSaveManifest(manifest.bytes);
		if (named.tags.length > 0) throw new ImageInvalidError("it carries tags, which would replace this machine's own");
		if (config.name !== `${hexOf(imageId)}.json`) throw new ImageInvalidError("its config is not what its name says");
		if (Buffer.compare(manifest.bytes, archiveManifest(imageId, checked.diffIds)) !== 0)
			throw new ImageInvalidError("manifest.json does not list the config's layers");
		const bytes = await checkLayers(entries, distinctLayers(checked.diffIds), maxBytes);
		return { imageId, architecture: checked.architecture, layers: checked.diffIds.length, bytes };
	} finally {
		await entries.return(undefined);
	}
}

async function checkLayers(entries: AsyncGenerator<TarEntry>, diffIds: string[], maxBytes: number): Promise<number> {
	let bytes = 0;
	for (const diffId of diffIds) {
		const { value: entry, done } = await entries.next();
		if (done === true || entry.name !== layerName(diffId)) throw new ImageInvalidError(`layer ${diffId} is missing`);
		bytes += entry.size;
		if (bytes > maxBytes) throw new ImageInvalidError(`its layers have more than ${maxBytes} bytes`);
		const hash = createHash("sha256");
		for await (const chunk of entry.content) hash.update(chunk);
		if (`sha256:${hash.digest("hex")}` !== diffId)
			throw new ImageInvalidError(`layer ${diffId} has other bytes than its config says`);
	}
	if ((await entries.next()).done !== true) throw new ImageInvalidError("it holds more than its layers");
	return bytes;
}

async function smallEntry(entries: AsyncGenerator<TarEntry>, name: string | undefined, most: number) {
	const { value: entry, done } = await entries.next();
	if (done === true || (name !== undefined && entry.name !== name))
		throw new ImageInvalidError(`it has no ${name ?? "config"} where depin image push puts it`);
	if (entry.size > most) throw new ImageInvalidError(`${entry.name} has more than ${most} bytes`);
	const parts: Uint8Array[] = [];
	for await (const part of entry.content) parts.push(part);
	return { name: entry.name, bytes: Buffer.concat(parts) };
}

function hexOf(digest: string): string {
	return digest.replace("sha256:", "");
}
