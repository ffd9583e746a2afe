import { Unreadable } from "./unreadable.ts";

/** How one element of an array lies in memory. */
export type ElementType = { bytes: number; read: (view: DataView, at: number, little: boolean) => number };

/** Numbers of one shape, in the order in which they lie. */
export type NumberArray = {
	shape: readonly number[];
	type: string;
	length: number;
	at: (index: number) => number;
};

export const elements = {
	f16: { bytes: 2, read: (view, at, little) => half(view.getUint16(at, little)) },
	bf16: { bytes: 2, read: (view, at, little) => brain(view.getUint16(at, little)) },
	f32: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
	f64: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
	i8: { bytes: 1, read: (view, at) => view.getInt8(at) },
	u8: { bytes: 1, read: (view, at) => view.getUint8(at) },
	i16: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
	u16: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
	i32: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
	u32: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
	i64: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
	u64: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
} as const satisfies Record<string, ElementType>;
export type ElementName = keyof typeof elements;

/** A window of `bytes` as an array. @throws {Unreadable} unless shape and type fill the window exactly. */
export function numberArray(
	bytes: Uint8Array,
	shape: readonly number[],
	name: ElementName,
	little = true,
): NumberArray {
	const { bytes: size, read }: ElementType = elements[name];
	const length = elementCount(shape);
	if (length * size !== bytes.byteLength)
		throw new Unreadable(
			`a shape of ${shape.join("x") || "one number"} takes ${length * size} bytes, it has ${bytes.byteLength}`,
		);
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	return { shape, type: name, length, at: (index) => read(view, index * size, little) };
}

const MAX_DIMENSIONS = 32;

function elementCount(shape: readonly number[]): number {
	if (shape.length > MAX_DIMENSIONS) throw new Unreadable(`it has ${shape.length} dimensions`);
	let count = 1;
	for (const extent of shape) {
		if (!Number.isSafeInteger(extent) || extent < 0) throw new Unreadable(`${extent} is no extent of an array`);
		count *= extent;
		if (!Number.isSafeInteger(count * 8)) throw new Unreadable(`its shape ${shape.join("x")} is beyond any file`);
	}
	return count;
}

/** IEEE 754 binary16. */
function half(bits: number): number {
	const sign = bits & 0x8000 ? -1 : 1;
	const exponent = (bits >> 10) & 31;
	const fraction = bits & 1023;
	if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
	return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** The upper half of a binary32. */
function brain(bits: number): number {
	scratch.setUint32(0, bits << 16);
	return scratch.getFloat32(0);
}
