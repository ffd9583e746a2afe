import { Unreadable } from "./unreadable.ts";

/** 8-bit samples, `channels` a pixel, row by row. */
export type Picture = { width: number; height: number; channels: number; samples: Uint8Array };

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** 16 million samples of 4 bytes: an 8K picture with alpha twice over. Checked before a byte is inflated. */
const MAX_SAMPLES = 2 ** 26;
const channelsOf: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

type Header = { width: number; height: number; color: number; channels: number };

/**
 * Reads a PNG of 8 bits a sample, not interlaced, which is what plotting and imaging libraries write. A palette is
 * resolved. What a picture inflates to is known from its header, and no more than that is ever inflated.
 *
 * @throws {Unreadable}
 */
export async function readPng(bytes: Uint8Array): Promise<Picture> {
	if (!SIGNATURE.every((byte, index) => bytes[index] === byte)) throw new Unreadable("it is no PNG file");
	const chunks = [...chunksOf(bytes)];
	const header = readHeader(chunks[0]);
	const palette = chunks.find(({ type }) => type === "PLTE")?.data;
	const parts = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
	const rows = await inflate(parts, header.height * (1 + header.width * header.channels));
	const samples = unfilter(rows, header);
	if (header.color !== 3) return { ...header, samples };
	return { ...header, channels: 3, samples: resolve(samples, palette) };
}

type Chunk = { type: string; data: Uint8Array };

function* chunksOf(bytes: Uint8Array): Generator<Chunk> {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	for (let at = 8; at < bytes.length; ) {
		if (at + 12 > bytes.length) throw new Unreadable("it is cut off");
		const length = view.getUint32(at);
		if (at + 12 + length > bytes.length) throw new Unreadable("it is cut off");
		const type = new TextDecoder("latin1").decode(bytes.subarray(at + 4, at + 8));
		yield { type, data: bytes.subarray(at + 8, at + 8 + length) };
		if (type === "IEND") return;
		at += 12 + length;
	}
	throw new Unreadable("it has no end");
}

function readHeader(chunk: Chunk | undefined): Header {
	if (chunk?.type !== "IHDR" || chunk.data.length !== 13) throw new Unreadable("it has no header");
	const view = new DataView(chunk.data.buffer, chunk.data.byteOffset, 13);
	const [width, height, depth, color] = [view.getUint32(0), view.getUint32(4), view.getUint8(8), view.getUint8(9)];
	const channels = channelsOf[color];
	if (channels === undefined || depth !== 8 || view.getUint8(12) !== 0)
		throw new Unreadable("only pictures of 8 bits a sample that are not interlaced are compared");
	if (width === 0 || height === 0 || width * height * 4 > MAX_SAMPLES)
		throw new Unreadable(`${width}x${height} pixels are too many to compare`);
	return { width, height, color, channels };
}

/** Exactly `length` bytes: more is a bomb, less a torn file. */
async function inflate(parts: readonly Uint8Array[], length: number): Promise<Uint8Array> {
	const whole = new Uint8Array(length);
	let filled = 0;
	try {
		const packed = new Blob(parts as Uint8Array<ArrayBuffer>[]).stream();
		for await (const chunk of packed.pipeThrough(new DecompressionStream("deflate")) as ReadableStream<Uint8Array>) {
			if (filled + chunk.length > length) throw new Unreadable("it inflates to more than its header says");
			whole.set(chunk, filled);
			filled += chunk.length;
		}
	} catch (error) {
		if (error instanceof Unreadable) throw error;
		throw new Unreadable("its pixels cannot be inflated");
	}
	if (filled !== length) throw new Unreadable("it inflates to less than its header says");
	return whole;
}

/** Undoes the filter that each row names in its first byte. */
function unfilter(rows: Uint8Array, { width, height, channels }: Header): Uint8Array {
	const stride = width * channels;
	const samples = new Uint8Array(height * stride);
	for (let row = 0; row < height; row += 1) {
		const [from, to] = [row * (stride + 1) + 1, row * stride];
		const predict = predictorOf(rows[from - 1] ?? 0);
		for (let x = 0; x < stride; x += 1) {
			const left = x < channels ? 0 : (samples[to + x - channels] ?? 0);
			const up = row === 0 ? 0 : (samples[to + x - stride] ?? 0);
			const corner = row === 0 || x < channels ? 0 : (samples[to + x - stride - channels] ?? 0);
			samples[to + x] = (rows[from + x] ?? 0) + predict(left, up, corner);
		}
	}
	return samples;
}

type Predictor = (left: number, up: number, corner: number) => number;

const predictors: readonly Predictor[] = [
	() => 0,
	(left) => left,
	(_left, up) => up,
	(left, up) => (left + up) >> 1,
	paeth,
];

function predictorOf(filter: number): Predictor {
	const predictor = predictors[filter];
	if (!predictor) throw new Unreadable(`a row has the unknown filter ${filter}`);
	return predictor;
}

function paeth(left: number, up: number, corner: number): number {
	const [byLeft, byUp, byCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
	if (byLeft <= byUp && byLeft <= byCorner) return left;
	return byUp <= byCorner ? up : corner;
}

function resolve(indexes: Uint8Array, palette: Uint8Array | undefined): Uint8Array {
	if (!palette) throw new Unreadable("its palette is missing");
	const samples = new Uint8Array(indexes.length * 3);
	for (const [pixel, index] of indexes.entries()) {
		if (index * 3 + 3 > palette.length) throw new Unreadable("a pixel is beyond its palette");
		samples.set(palette.subarray(index * 3, index * 3 + 3), pixel * 3);
	}
	return samples;
}
