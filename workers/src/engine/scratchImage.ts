import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";

/** A file of an image: its bytes, or where they lie on this machine. `name` has no leading slash. */
export type ImageFile = { name: string; bytes: Buffer } | { name: string; source: string };

/**
 * Writes an archive of an image that holds these files and nothing else, and returns the ID it will have. Dated 1970, so
 * that the same files are the same image everywhere.
 */
export async function writeScratchImage(
	tarPath: string,
	architecture: string,
	files: readonly ImageFile[],
): Promise<string> {
	const layerPath = `${tarPath}.layer`;
	try {
		await writeTar(layerPath, files);
		const diffId = `sha256:${await sha256Of(layerPath)}`;
		const config = Buffer.from(
			JSON.stringify({ architecture, os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [diffId] } }),
		);
		const id = createHash("sha256").update(config).digest("hex");
		const manifest = Buffer.from(JSON.stringify([{ Config: `${id}.json`, Layers: ["layer.tar"], RepoTags: null }]));
		await writeTar(tarPath, [
			{ name: "manifest.json", bytes: manifest },
			{ name: `${id}.json`, bytes: config },
			{ name: "layer.tar", source: layerPath },
		]);
		return `sha256:${id}`;
	} finally {
		await rm(layerPath, { force: true });
	}
}

async function writeTar(path: string, files: readonly ImageFile[]): Promise<void> {
	const tar = pack();
	await Promise.all([pipeline(tar, createWriteStream(path)), fill(tar, files)]);
}

async function fill(tar: Pack, files: readonly ImageFile[]): Promise<void> {
	for (const file of files) {
		const header = { name: file.name, mode: 0o755, mtime: new Date(0) };
		if ("bytes" in file) {
			tar.entry(header, file.bytes);
			continue;
		}
		const { size } = await stat(file.source);
		await pipeline(createReadStream(file.source), tar.entry({ ...header, size }));
	}
	tar.finalize();
}

async function sha256Of(path: string): Promise<string> {
	const hash = createHash("sha256");
	for await (const chunk of createReadStream(path)) hash.update(chunk);
	return hash.digest("hex");
}
