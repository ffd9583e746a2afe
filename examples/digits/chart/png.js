import { constants, crc32, deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const UP = 2;

/** A PNG file of `pixels`: three bytes (red, green, blue) to a pixel, row by row. */
export function encodePng(width, height, pixels) {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, no interlacing
	const data = deflateSync(filterRows(pixels, width * 3, height), {
		level: 9,
		// Only repeats of the same byte: the search for longer repeats uses instructions that differ between processors,
		// and with them the file's bytes would.
		strategy: constants.Z_RLE,
	});
	return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

/** Each row as its difference from the row above: in a drawing, mostly zeros. */
function filterRows(pixels, rowBytes, height) {
	const rows = Buffer.alloc((rowBytes + 1) * height);
	for (let y = 0; y < height; y++) {
		const to = y * (rowBytes + 1);
		rows[to] = UP;
		for (let i = 0; i < rowBytes; i++) {
			const above = y === 0 ? 0 : pixels[(y - 1) * rowBytes + i];
			rows[to + 1 + i] = pixels[y * rowBytes + i] - above;
		}
	}
	return rows;
}

function chunk(type, data) {
	const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
	const length = Buffer.alloc(4);
	const checksum = Buffer.alloc(4);
	length.writeUInt32BE(data.length);
	checksum.writeUInt32BE(crc32(named));
	return Buffer.concat([length, named, checksum]);
}
