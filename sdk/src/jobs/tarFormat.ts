import { type ByteReader, byteReader } from "../storage/byteReader.ts";
import { ImageInvalidError } from "./errors.ts";

const BLOCK = 512;
/** What eleven octal digits of a tar header hold. */
const MAX_ENTRY_BYTES = 8 ** 11 - 1;

/** A file for the archive: its name, its exact size, and its bytes whenever they are wanted. */
export type TarFile = { name: string; size: number; content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array> };

/**
 * Writes files as one fixed form of tar: plain files, mode 0644, owner 0, time 0. The same files give the same bytes
 * everywhere, and whoever reads can demand exactly this form.
 */
export async function* writeTar(files: readonly TarFile[]): AsyncGenerator<Uint8Array> {
	for (const { name, size, content } of files) {
		yield tarHeader(name, size);
		let written = 0;
		for await (const chunk of content()) {
			written += chunk.byteLength;
			yield chunk;
		}
		if (written !== size) throw new ImageInvalidError(`${name} changed while it was read`);
		yield new Uint8Array(paddingOf(size));
	}
	yield new Uint8Array(2 * BLOCK);
}

/** The header of a plain file in that form. */
function tarHeader(name: string, size: number): Uint8Array {
	if (size > MAX_ENTRY_BYTES)
		throw new ImageInvalidError(
			`${name} has ${size} bytes; a layer may have at most ${MAX_ENTRY_BYTES}. Split the step that makes it`,
		);
	const header = Buffer.alloc(BLOCK);
	header.write(name, 0, 100);
	header.write("0000644\0", 100);
	header.write("0000000\0", 108);
	header.write("0000000\0", 116);
	header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
	header.write("00000000000\0", 136);
	header.write("        ", 148);
	header.write("0", 156);
	header.write("ustar\0" + "00", 257);
	const sum = header.reduce((total, byte) => total + byte, 0);
	header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
	return header;
}

/** An entry being read: take its content before asking for the next. */
export type TarEntry = { name: string; size: number; content: AsyncGenerator<Uint8Array> };

/**
 * Reads that one form and refuses every other byte. Container engines read tar with another parser than ours; what is
 * exactly what `writeTar` would have written has only one meaning, so nothing can hide from the check.
 *
 * @throws {ImageInvalidError}
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
	const reader = byteReader(source);
	try {
		for (;;) {
			const header = await reader.take(BLOCK);
			if (header.every((byte) => byte === 0)) break;
			const { name, size } = parseHeader(header);
			yield { name, size, content: readContent(reader, name, size) };
			await requireZeros(reader, paddingOf(size));
		}
		await requireZeros(reader, BLOCK);
		if (!(await reader.ended())) throw new ImageInvalidError("the archive goes on after its end");
	} finally {
		await reader.close();
	}
}

function parseHeader(header: Uint8Array): { name: string; size: number } {
	if (header.byteLength < BLOCK) throw new ImageInvalidError("the archive ends in the middle");
	const text = Buffer.from(header);
	const name = text.toString("latin1", 0, 100).replace(/\0.*$/s, "");
	const size = Number.parseInt(text.toString("latin1", 124, 135), 8);
	if (!Number.isSafeInteger(size) || Buffer.compare(tarHeader(name, size), text) !== 0)
		throw new ImageInvalidError(`${JSON.stringify(name)} is not stored in the form of depin image push`);
	return { name, size };
}

async function* readContent(reader: ByteReader, name: string, size: number): AsyncGenerator<Uint8Array> {
	for (let left = size; left > 0; ) {
		const part = await reader.take(Math.min(left, 1024 * 1024));
		if (part.byteLength === 0) throw new ImageInvalidError(`the archive ends in the middle of ${name}`);
		left -= part.byteLength;
		yield part;
	}
}

async function requireZeros(reader: ByteReader, length: number): Promise<void> {
	const zeros = await reader.take(length);
	if (zeros.byteLength < length || zeros.some((byte) => byte !== 0))
		throw new ImageInvalidError("the archive is not in the form of depin image push");
}

function paddingOf(size: number): number {
	return (BLOCK - (size % BLOCK)) % BLOCK;
}
