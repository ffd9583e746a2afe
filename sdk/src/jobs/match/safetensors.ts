import { z } from "zod";
import { readJson } from "./json.ts";
import { type ElementName, type NumberArray, numberArray } from "./numbers.ts";
import { Unreadable } from "./unreadable.ts";

/** Room for tens of thousands of tensors; the format itself would allow a header of 100 MB. */
const MAX_HEADER = 8 * 2 ** 20;
const types: Record<string, ElementName> = {
	F16: "f16",
	BF16: "bf16",
	F32: "f32",
	F64: "f64",
	I8: "i8",
	I16: "i16",
	I32: "i32",
	I64: "i64",
	U8: "u8",
	U16: "u16",
	U32: "u32",
	U64: "u64",
	BOOL: "u8",
};
const tensorSchema = z.object({
	dtype: z.string().max(16),
	shape: z.array(z.int().min(0)).max(32),
	data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});

/**
 * Reads the safetensors format: every tensor by name. Tensors must fill the file without gap or overlap, so that no byte
 * of it goes uncompared.
 *
 * @throws {Unreadable}
 */
export function readSafetensors(bytes: Uint8Array): Map<string, NumberArray> {
	if (bytes.length < 8) throw new Unreadable("its header is cut off");
	const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
	if (length > BigInt(MAX_HEADER)) throw new Unreadable(`its header would have ${length} bytes`);
	const end = 8 + Number(length);
	if (end > bytes.length) throw new Unreadable("its header is cut off");
	const header = z.record(z.string(), z.unknown()).safeParse(readJson(bytes.subarray(8, end)));
	if (!header.success) throw new Unreadable("its header is no map of tensors");
	const data = bytes.subarray(end);
	const tensors = Object.entries(header.data)
		.filter(([name]) => name !== "__metadata__")
		.map(([name, value]) => ({ name, ...tensorOf(name, value) }))
		.sort((a, b) => a.from - b.from || a.to - b.to);
	let filled = 0;
	for (const { name, from, to } of tensors) {
		if (from !== filled || to < from)
			throw new Unreadable(`its tensor ${JSON.stringify(name)} leaves a gap or overlaps`);
		filled = to;
	}
	if (filled !== data.length) throw new Unreadable(`its tensors fill ${filled} of ${data.length} bytes`);
	return new Map(
		tensors.map(({ name, from, to, shape, type }) => [name, numberArray(data.subarray(from, to), shape, type)]),
	);
}

function tensorOf(name: string, value: unknown) {
	const parsed = tensorSchema.safeParse(value);
	if (!parsed.success) throw new Unreadable(`its tensor ${JSON.stringify(name)} is not described`);
	const { dtype, shape, data_offsets } = parsed.data;
	const type = types[dtype];
	if (!type) throw new Unreadable(`elements of type ${dtype} are not compared`);
	return { shape, type, from: data_offsets[0], to: data_offsets[1] };
}
