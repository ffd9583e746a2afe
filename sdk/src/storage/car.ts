import { CarBufferReader, CarBufferWriter } from "@ipld/car";
import { varint } from "multiformats";
import { CID } from "multiformats/cid";
import { type Block, MAX_BLOCK_BYTES, refuseCid, verifyBlock } from "./block.ts";
import { type ByteReader, byteReader } from "./byteReader.ts";
import { concatBytes } from "./bytes.ts";
import { CarInvalidError } from "./errors.ts";

const MAX_HEADER_BYTES = 64 * 1024;
const MAX_CID_BYTES = 64;
const MAX_VARINT_BYTES = 9;

/**
 * Writes a CAR v1 stream.
 *
 * @param roots What the receiver pins; empty for a part of a larger upload.
 */
export async function* encodeCar(
	roots: CID[],
	blocks: AsyncIterable<Block> | Iterable<Block>,
): AsyncGenerator<Uint8Array> {
	yield carHeader(roots);
	for await (const block of blocks) yield carSection(block);
}

/** The bytes a block takes in a CAR: length, CID, bytes. */
export function carSection({ cid, bytes }: Block): Uint8Array {
	const length = cid.bytes.byteLength + bytes.byteLength;
	const prefix = varint.encodeTo(length, new Uint8Array(varint.encodingLength(length)));
	return concatBytes([prefix, cid.bytes, bytes]);
}

export function carHeader(roots: CID[]): Uint8Array {
	const size = CarBufferWriter.headerLength({ roots });
	return CarBufferWriter.createWriter(new ArrayBuffer(size), { roots }).close({ resize: true });
}

/** A CAR being read: its roots are known, its blocks come verified, one at a time. */
export type CarStream = { roots: CID[]; blocks: AsyncGenerator<Block> };

/**
 * Reads a CAR v1 stream from anybody. Every block's hash is checked, no block may pass 2 MiB, and memory stays at one
 * block whatever the stream claims.
 *
 * @param from Where the bytes come from, for messages.
 * @throws {CarInvalidError} for a broken header or section, also in the middle of `blocks`.
 * @throws {BlockMismatchError} from `blocks`, when bytes do not hash to their CID.
 */
export async function decodeCar(source: AsyncIterable<Uint8Array>, from: string): Promise<CarStream> {
	const reader = byteReader(source);
	const header = await readSection(reader, MAX_HEADER_BYTES, from);
	if (header === undefined) throw new CarInvalidError(from, "it is empty");
	return { roots: parseHeader(header, from), blocks: readBlocks(reader, from) };
}

function parseHeader(header: Uint8Array, from: string): CID[] {
	const prefix = varint.encodeTo(header.byteLength, new Uint8Array(varint.encodingLength(header.byteLength)));
	try {
		const reader = CarBufferReader.fromBytes(concatBytes([prefix, header]));
		if (reader.version !== 1) throw new CarInvalidError(from, `it is CAR version ${reader.version}, not 1`);
		return reader.getRoots();
	} catch (cause) {
		if (cause instanceof CarInvalidError) throw cause;
		throw new CarInvalidError(from, "its header is broken", cause);
	}
}

async function* readBlocks(reader: ByteReader, from: string): AsyncGenerator<Block> {
	try {
		for (;;) {
			const section = await readSection(reader, MAX_BLOCK_BYTES + MAX_CID_BYTES, from);
			if (section === undefined) return;
			yield parseBlock(section, from);
		}
	} finally {
		await reader.close();
	}
}

function parseBlock(section: Uint8Array, from: string): Block {
	let cid: CID;
	let bytes: Uint8Array;
	try {
		[cid, bytes] = CID.decodeFirst(section);
	} catch (cause) {
		throw new CarInvalidError(from, "a section does not begin with a CID", cause);
	}
	const reason = refuseCid(cid);
	if (reason !== undefined) throw new CarInvalidError(from, `block ${cid}: ${reason}`);
	if (bytes.byteLength > MAX_BLOCK_BYTES)
		throw new CarInvalidError(from, `block ${cid} is larger than ${MAX_BLOCK_BYTES} bytes`);
	return verifyBlock(cid, bytes, from);
}

async function readSection(reader: ByteReader, limit: number, from: string): Promise<Uint8Array | undefined> {
	if (await reader.ended()) return undefined;
	const length = await readVarint(reader, from);
	if (length === 0 || length > limit)
		throw new CarInvalidError(from, `a section claims ${length} bytes; 1 to ${limit} are allowed`);
	const section = await reader.take(length);
	if (section.byteLength < length) throw new CarInvalidError(from, "it ends in the middle of a section");
	return section;
}

async function readVarint(reader: ByteReader, from: string): Promise<number> {
	let value = 0;
	for (let index = 0; index < MAX_VARINT_BYTES; index++) {
		const byte = (await reader.take(1))[0];
		if (byte === undefined) throw new CarInvalidError(from, "it ends in the middle of a length");
		value += (byte & 0x7f) * 2 ** (7 * index);
		if (byte < 0x80) return value;
	}
	throw new CarInvalidError(from, "a length is longer than 9 bytes");
}
