import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, open, readFile, rm, stat } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { extract } from "tar-stream";
import { DepinError } from "../errors/base.ts";
import { ImageInvalidError } from "./errors.ts";
import {
	archiveManifest,
	checkImageArchive,
	distinctLayers,
	type ImageInfo,
	type ImageLimits,
	layerName,
} from "./imageArchive.ts";
import { checkImageConfig, MAX_CONFIG_BYTES, parseSaveManifest } from "./imageConfig.ts";
import { type TarFile, writeTar } from "./tarFormat.ts";

/**
 * Turns what `docker save` writes, in the layout of any engine, into the one form that travels: one image, no tags,
 * uncompressed layers, nothing else. The same image gives the same bytes, so it keeps its CID.
 *
 * @param source The archive's bytes.
 * @param target File to write; needs about twice the image's size beside it while it works.
 * @throws {ImageInvalidError} when it is not one image, or not one a node would load.
 */
export async function normaliseImage(
	source: NodeJS.ReadableStream,
	target: string,
	limits: ImageLimits = {},
): Promise<ImageInfo> {
	await mkdir(dirname(target), { recursive: true });
	const scratch = await mkdtemp(`${target}.unpacked-`);
	try {
		const saved = await unpack(source, scratch);
		const manifest = parseSaveManifest(await saved.read("manifest.json"));
		const config = await saved.read(manifest.config);
		const imageId = `sha256:${createHash("sha256").update(config).digest("hex")}`;
		const { diffIds } = checkImageConfig(config, undefined);
		if (manifest.layers.length !== diffIds.length)
			throw new ImageInvalidError(`it lists ${manifest.layers.length} layers, its config ${diffIds.length}`);
		const layers: TarFile[] = [];
		for (const diffId of distinctLayers(diffIds)) {
			const stored = saved.find(manifest.layers[diffIds.indexOf(diffId)] ?? "");
			layers.push(await fileEntry(layerName(diffId), await uncompressed(stored)));
		}
		const head = archiveManifest(imageId, diffIds);
		const files = [bytesEntry("manifest.json", head), bytesEntry(`${imageId.slice(7)}.json`, config), ...layers];
		await pipeline(Readable.from(writeTar(files)), createWriteStream(target));
		return await checkImageArchive(target, { architecture: "any", ...limits });
	} catch (error) {
		await rm(target, { force: true });
		if (error instanceof DepinError || !(error instanceof Error) || !/tar|zlib|header/i.test(error.message))
			throw error;
		throw new ImageInvalidError("the archive cannot be read", error);
	} finally {
		await rm(scratch, { recursive: true, force: true });
	}
}

type SavedArchive = {
	/** Path of an entry's bytes on disk. */
	find(name: string): string;
	read(name: string): Promise<Uint8Array>;
};

/** Entries go to files with numbers for names: what an archive calls itself never becomes a path here. */
async function unpack(source: NodeJS.ReadableStream, scratch: string): Promise<SavedArchive> {
	const files = new Map<string, string>();
	const links = new Map<string, string>();
	const entries = extract();
	const piping = pipeline(source, entries);
	piping.catch(() => {}); // the loop below meets the same error
	for await (const entry of entries) {
		const name = posix.normalize(entry.header.name);
		if (entry.header.type === "file") {
			const path = join(scratch, `${files.size}`);
			await pipeline(entry, createWriteStream(path));
			files.set(name, path);
			continue;
		}
		// Older engines store a layer once and link to it.
		if (entry.header.type === "symlink") links.set(name, posix.join(posix.dirname(name), entry.header.linkname ?? ""));
		else if (entry.header.type === "link") links.set(name, posix.normalize(entry.header.linkname ?? ""));
		entry.resume();
	}
	await piping;
	const find = (name: string) => {
		const wanted = posix.normalize(name);
		const path = files.get(wanted) ?? files.get(links.get(wanted) ?? "");
		if (path === undefined) throw new ImageInvalidError(`it has no ${name}; is it the output of docker save?`);
		return path;
	};
	return {
		find,
		async read(name) {
			const path = find(name);
			const { size } = await stat(path);
			if (size > MAX_CONFIG_BYTES) throw new ImageInvalidError(`${name} has more than ${MAX_CONFIG_BYTES} bytes`);
			return readFile(path);
		},
	};
}

/** Newer engines store layers as they were pulled. The checks afterwards decide whether the result is the right one. */
async function uncompressed(path: string): Promise<string> {
	const handle = await open(path);
	const magic = Buffer.alloc(4);
	await handle.read(magic, 0, 4).finally(() => handle.close());
	const gzip = magic[0] === 0x1f && magic[1] === 0x8b;
	const zstd = magic.toString("hex") === "28b52ffd";
	if (!gzip && !zstd) return path;
	const plain = `${path}.plain`;
	await pipeline(createReadStream(path), gzip ? createGunzip() : createZstdDecompress(), createWriteStream(plain));
	await rm(path);
	return plain;
}

async function fileEntry(name: string, path: string): Promise<TarFile> {
	return { name, size: (await stat(path)).size, content: () => createReadStream(path) };
}

function bytesEntry(name: string, bytes: Uint8Array): TarFile {
	return { name, size: bytes.byteLength, content: () => [bytes] };
}
