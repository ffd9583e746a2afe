import type { Picture } from "./png.ts";
import type { Difference } from "./unreadable.ts";

/** Compares two pictures of one size by their peak signal-to-noise ratio, at least `min` dB. */
export function comparePictures(claimed: Picture, obtained: Picture, min: number): Difference | undefined {
	const [kind, expected] = [claimed, obtained].map(({ width, height, channels }) => `${width}x${height}x${channels}`);
	if (kind !== expected) return { at: "", detail: `is ${kind} instead of ${expected}` };
	const found = psnr(claimed.samples, obtained.samples);
	return found >= min
		? undefined
		: { at: "", detail: `has a PSNR of ${found.toFixed(2)} dB, at least ${min} is asked` };
}

/** In dB, of 8-bit samples; infinite for equal ones. */
function psnr(one: Uint8Array, other: Uint8Array): number {
	let sum = 0;
	for (let index = 0; index < one.length; index += 1) sum += ((one[index] ?? 0) - (other[index] ?? 0)) ** 2;
	return sum === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 ** 2 * one.length) / sum);
}
