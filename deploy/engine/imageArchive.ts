import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";

/** One file of an image. `path` has no leading slash. Directories above it need no entry of their own. */
export type LayerFile =
	| { path: string; mode?: number; content: string }
	| { path: string; mode?: number; source: string; size: number };
export type LayerDirectory = { path: string; mode: number; directory: true };
export type LayerEntry = LayerFile | LayerDirectory;

/** The part of an image's configuration that differs from image to image; keys as in the OCI image configuration. */
export type ImageConfig = { architecture: string; config: Record<string, unknown> };

const LONG_AGO = "1970-01-01T00:00:00Z";

/**
 * An image of one layer, in the archive format that every engine loads (`docker load`), as a stream of bytes.
 * The same tag, configuration and entries give the same bytes on any machine: entries are sorted, owned by root and
 * dated 1970. Throws when a source file changes while it is read.
 */
export async function imageArchive(tag: string, image: ImageConfig, entries: LayerEntry[]): Promise<Readable> {
	const { digest, size } = await measure(layer(entries));
	const config = JSON.stringify({
		...image,
		os: "linux",
		created: LONG_AGO,
		rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
		history: [{ created: LONG_AGO, created_by: "depin base image" }],
	});
	const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
	const layerName = `${digest}/layer.tar`;
	const manifest = JSON.stringify([{ Config: configName, RepoTags: [tag], Layers: [layerName] }]);
	return Readable.from(
		tar([
			{ path: layerName, size, content: layer(entries) },
			{ path: configName, ...text(config) },
			{ path: "manifest.json", ...text(manifest) },
		]),
		{ objectMode: false },
	);
}

type Chunks = AsyncIterable<Buffer> | Iterable<Buffer>;
type TarEntry = { path: string; mode?: number; size: number; content: Chunks; directory?: true };

function text(content: string): { size: number; content: Chunks } {
	const bytes = Buffer.from(content);
	return { size: bytes.length, content: [bytes] };
}

function layer(entries: LayerEntry[]): AsyncGenerator<Buffer> {
	const all = new Map<string, LayerEntry>();
	for (const { path } of entries) {
		for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
			const parent = path.slice(0, slash);
			all.set(parent, { path: parent, mode: 0o755, directory: true });
		}
	}
	for (const entry of entries) all.set(entry.path, entry);
	const sorted = [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
	return tar(
		sorted.map((entry) => {
			if ("directory" in entry) return { ...entry, path: `${entry.path}/`, size: 0, content: [] };
			if ("source" in entry) return { ...entry, content: createReadStream(entry.source, { highWaterMark: 1 << 20 }) };
			return { ...entry, ...text(entry.content) };
		}),
	);
}

/** The bytes of a POSIX tar (ustar). Written out here because its bytes are part of an image's identity. */
async function* tar(entries: TarEntry[]): AsyncGenerator<Buffer> {
	for (const entry of entries) {
		yield tarHeader(entry);
		let written = 0;
		for await (const chunk of entry.content) {
			written += chunk.length;
			yield chunk;
		}
		if (written !== entry.size) throw new Error(`${entry.path} changed while the base image was made; try again`);
		yield Buffer.alloc(-written & 511);
	}
	yield Buffer.alloc(1024);
}

function tarHeader({ path, mode = 0o644, size, directory }: TarEntry): Buffer {
	if (Buffer.byteLength(path) > 100) throw new Error(`${path} is too long a path for an image entry`);
	const header = Buffer.alloc(512);
	const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
	header.write(path, 0);
	header.write(octal(mode, 7), 100);
	header.write(octal(0, 7), 108); // owner: root
	header.write(octal(0, 7), 116); // group: root
	header.write(octal(size, 11), 124);
	header.write(octal(0, 11), 136); // modified: 1970
	header.write("        ", 148); // the checksum counts itself as blanks
	header.write(directory ? "5" : "0", 156);
	header.write("ustar\x0000", 257);
	const checksum = header.reduce((sum, byte) => sum + byte, 0);
	header.write(`${octal(checksum, 6)} `, 148);
	return header;
}

async function measure(bytes: AsyncIterable<Buffer>): Promise<{ digest: string; size: number }> {
	const hash = createHash("sha256");
	let size = 0;
	for await (const chunk of bytes) {
		hash.update(chunk);
		size += chunk.length;
	}
	return { digest: hash.digest("hex"), size };
}
