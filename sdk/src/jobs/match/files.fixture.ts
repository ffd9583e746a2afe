import { deflateSync } from "node:zlib";

const text = (value: string) => new TextEncoder().encode(value);

/** An npy file as NumPy writes it. */
export function npy(
	descr: string,
	shape: string,
	data: ArrayBufferView,
	over: { header?: string; version?: number } = {},
) {
	const plain = over.header ?? `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
	const header = text(`${plain.padEnd(117)}\n`);
	const bytes = new Uint8Array(10 + header.length + data.byteLength);
	bytes.set([0x93, ...text("NUMPY"), over.version ?? 1, 0]);
	new DataView(bytes.buffer).setUint16(8, header.length, true);
	bytes.set(header, 10);
	bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + header.length);
	return bytes;
}

/** A safetensors file of F32 tensors; `header` replaces the described one, `length` the announced length. */
export function safetensors(
	tensors: Record<string, Float32Array>,
	over: { header?: string; length?: bigint; tail?: number } = {},
): Uint8Array {
	let at = 0;
	const described = Object.entries(tensors).map(([name, { length }]) => {
		const from = at;
		at += 4 * length;
		return [name, { dtype: "F32", shape: [length], data_offsets: [from, at] }];
	});
	const header = text(over.header ?? JSON.stringify(Object.fromEntries(described)));
	const bytes = new Uint8Array(8 + header.length + at + (over.tail ?? 0));
	new DataView(bytes.buffer).setBigUint64(0, over.length ?? BigInt(header.length), true);
	bytes.set(header, 8);
	let end = 8 + header.length;
	for (const { buffer, byteOffset, byteLength } of Object.values(tensors)) {
		bytes.set(new Uint8Array(buffer, byteOffset, byteLength), end);
		end += byteLength;
	}
	return bytes;
}

export type PngParts = { width: number; height: number; depth?: number; color?: number; interlace?: number };

/** A PNG whose image data is `packed`, or `rows` deflated; each row begins with its filter. */
export function png(parts: PngParts, rows: Uint8Array, packed: Uint8Array = deflateSync(rows)): Uint8Array {
	const header = new Uint8Array(13);
	const view = new DataView(header.buffer);
	view.setUint32(0, parts.width);
	view.setUint32(4, parts.height);
	header.set([parts.depth ?? 8, parts.color ?? 0, 0, 0, parts.interlace ?? 0], 8);
	const chunks = [chunk("IHDR", header), chunk("IDAT", packed), chunk("IEND", new Uint8Array())];
	return Buffer.concat([Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...chunks]);
}

/** The checksum is left empty: nobody compares pictures by it. */
function chunk(type: string, data: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(12 + data.length);
	new DataView(bytes.buffer).setUint32(0, data.length);
	bytes.set(text(type), 4);
	bytes.set(data, 8);
	return bytes;
}
