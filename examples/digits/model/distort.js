import { SIDE } from "./data.js";

const CENTRE = (SIDE - 1) / 2;

/**
 * Writes image number `index` of `images` into `target`, slightly turned, slanted, scaled and moved, as another hand
 * might have written it. 7,000 images teach a network less than 7,000 that never look twice the same.
 */
export function distort(images, index, target, random) {
	const within = (range) => (random() * 2 - 1) * range;
	const turn = within(0.1);
	const xx = 1 + within(0.1);
	const xy = turn + within(0.1);
	const yx = -turn;
	const yy = 1 + within(0.1);
	const right = CENTRE + within(1.5);
	const down = CENTRE + within(1.5);
	const start = index * SIDE * SIDE;
	for (let y = 0; y < SIDE; y++) {
		for (let x = 0; x < SIDE; x++) {
			const fromX = xx * (x - CENTRE) + xy * (y - CENTRE) + right;
			const fromY = yx * (x - CENTRE) + yy * (y - CENTRE) + down;
			target[y * SIDE + x] = greyAt(images, start, fromX, fromY);
		}
	}
}

/** The grey value between four pixels; black outside the image. */
function greyAt(images, start, x, y) {
	const left = Math.floor(x);
	const top = Math.floor(y);
	if (left < 0 || top < 0 || left >= SIDE - 1 || top >= SIDE - 1) return 0;
	const rightShare = x - left;
	const lowShare = y - top;
	const at = start + top * SIDE + left;
	const high = images[at] * (1 - rightShare) + images[at + 1] * rightShare;
	const low = images[at + SIDE] * (1 - rightShare) + images[at + SIDE + 1] * rightShare;
	return high * (1 - lowShare) + low * lowShare;
}
