import { inflateSync } from "node:zlib";

/** The grey values, 0 to 1 row by row, of a PNG file of one byte a pixel. Throws for any other. */
export function readGreyPng(file) {
	if (file.toString("latin1", 0, 8) !== "\x89PNG\r\n\x1a\n") throw new Error("it is not a PNG file");
	const parts = [];
	let header;
	for (let at = 8; at + 12 <= file.length; ) {
		const end = at + 8 + file.readUInt32BE(at);
		const type = file.toString("latin1", at + 4, at + 8);
		if (type === "IHDR") header = file.subarray(at + 8, end);
		if (type === "IDAT") parts.push(file.subarray(at + 8, end));
		at = end + 4;
	}
	const [depth, color, , , interlaced] = header?.subarray(8) ?? [];
	if (depth !== 8 || color !== 0 || interlaced !== 0) throw new Error("it is not a plain grey PNG of 8 bits a pixel");
	const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
	if (width * height > 2 ** 24) throw new Error("it is larger than 16 million pixels");
	const rows = inflateSync(Buffer.concat(parts), { maxOutputLength: (width + 1) * height });
	return { width, height, pixels: Float64Array.from(unfilter(rows, width, height), (value) => value / 255) };
}

/** Each row says in its first byte from which neighbours its pixels were subtracted. */
function unfilter(rows, width, height) {
	const pixels = new Uint8Array(width * height);
	for (let y = 0; y < height; y++) {
		const filter = rows[y * (width + 1)];
		for (let x = 0; x < width; x++) {
			const at = y * width + x;
			const left = x > 0 ? pixels[at - 1] : 0;
			const up = y > 0 ? pixels[at - width] : 0;
			const corner = x > 0 && y > 0 ? pixels[at - width - 1] : 0;
			const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
			if (guess === undefined) throw new Error(`row ${y} has no such filter as ${filter}`);
			pixels[at] = rows[y * (width + 1) + 1 + x] + guess;
		}
	}
	return pixels;
}

/** The neighbour nearest to left + up - corner. */
function paeth(left, up, corner) {
	const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
	if (a <= b && a <= c) return left;
	return b <= c ? up : corner;
}
