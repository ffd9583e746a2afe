/**
 * Weights in the safetensors format, which PyTorch, JAX and others read: the length of a JSON table (8 bytes, lowest
 * first), the table, then all values as 32-bit floats. Convolution weights are [unit, row, column, channel].
 */
export function encodeSafetensors(parameters) {
	const table = {};
	let end = 0;
	for (const { name, shape, values } of parameters) {
		table[name] = { dtype: "F32", shape, data_offsets: [end, end + values.length * 4] };
		end += values.length * 4;
	}
	const json = JSON.stringify(table);
	const head = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8)); // the values start at a multiple of 8
	const file = Buffer.alloc(8 + head.length + end);
	file.writeBigUInt64LE(BigInt(head.length), 0);
	head.copy(file, 8);
	let at = 8 + head.length;
	for (const { values } of parameters) for (const value of values) at = file.writeFloatLE(value, at);
	return file;
}
