import { type ElementName, type NumberArray, numberArray } from "./numbers.ts";
import { Unreadable } from "./unreadable.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const HEADER =
	/^\{\s*'descr':\s*'([<>|=][a-z]\d{1,2})',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d, ]{0,512})\),?\s*\}\s*$/;
const types: Record<string, ElementName> = {
	f2: "f16",
	f4: "f32",
	f8: "f64",
	i1: "i8",
	i2: "i16",
	i4: "i32",
	i8: "i64",
	u1: "u8",
	u2: "u16",
	u4: "u32",
	u8: "u64",
	b1: "u8",
};

/**
 * Reads NumPy's array format, versions 1 to 3. Plain numbers only: what has fields, objects or text in it is not read.
 *
 * @throws {Unreadable}
 */
export function readNpy(bytes: Uint8Array): NumberArray {
	if (!MAGIC.every((byte, index) => bytes[index] === byte)) throw new Unreadable("it is no npy file");
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const start = bytes[6] === 1 ? 10 : 12;
	if (bytes.length < start) throw new Unreadable("its header is cut off");
	const end = start + (start === 10 ? view.getUint16(8, true) : view.getUint32(8, true));
	if (end > bytes.length) throw new Unreadable("its header is cut off");
	if (end - start > 10_000) throw new Unreadable(`its header has ${end - start} bytes`);
	const header = HEADER.exec(new TextDecoder().decode(bytes.subarray(start, end)));
	if (!header) throw new Unreadable("its header is not that of an array of plain numbers");
	const [, descr = "", fortran, extents = ""] = header;
	const type = types[descr.slice(1)];
	if (!type) throw new Unreadable(`elements of type ${descr} are not compared`);
	const parts = extents.split(",").map((part) => part.trim());
	if (parts.at(-1) === "") parts.pop(); // "(3,)" and "()"
	const array = numberArray(bytes.subarray(end), parts.map(Number), type, descr[0] !== ">");
	// Two runs of one program lie alike; an array that does not is another array.
	return { ...array, type: fortran === "True" ? `${array.type}, by columns` : array.type };
}
