/** Rows of 32-bit floats in NumPy's file format: `numpy.load` gives an array of shape [rows, columns]. */
export function encodeNpy(rows) {
	const shape = `(${rows.length}, ${rows[0]?.length ?? 0})`;
	const header = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
	// Magic, version and length take 10 bytes; the values start at a multiple of 64.
	const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
	const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${padded}`, "latin1");
	head.writeUInt16LE(padded.length, 8);
	const values = Buffer.alloc(rows.length * (rows[0]?.length ?? 0) * 4);
	let at = 0;
	for (const value of rows.flat()) at = values.writeFloatLE(value, at);
	return Buffer.concat([head, values]);
}
