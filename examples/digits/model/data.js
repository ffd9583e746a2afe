import { readFileSync } from "node:fs";
import { join } from "node:path";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
/** Of each digit's images in the file: the last 200 are only ever tested on, the 100 before them watch the training. */
const TEST_PER_DIGIT = 200;
const VALIDATION_PER_DIGIT = 100;

/**
 * Reads `0.json` … `9.json`, each `{"data": [grey values 0…1, 784 per image]}`.
 * Gives three disjoint sets `{images: Float32Array, labels: Uint8Array, count}`. The split is fixed: it does not depend
 * on the seed, so runs with different settings are measured on the same images.
 */
export function readDigits(folder) {
	const sets = { training: [], validation: [], test: [] };
	for (let digit = 0; digit < 10; digit++) {
		const pixels = JSON.parse(readFileSync(join(folder, `${digit}.json`), "utf8")).data;
		const count = pixels.length / PIXELS;
		for (let i = 0; i < count; i++) {
			const image = pixels.slice(i * PIXELS, (i + 1) * PIXELS);
			setOf(sets, count - i).push({ image, digit });
		}
	}
	return { training: pack(sets.training), validation: pack(sets.validation), test: pack(sets.test) };
}

function setOf(sets, fromTheEnd) {
	if (fromTheEnd <= TEST_PER_DIGIT) return sets.test;
	if (fromTheEnd <= TEST_PER_DIGIT + VALIDATION_PER_DIGIT) return sets.validation;
	return sets.training;
}

function pack(samples) {
	const images = new Float32Array(samples.length * PIXELS);
	const labels = new Uint8Array(samples.length);
	samples.forEach(({ image, digit }, i) => {
		images.set(image, i * PIXELS);
		labels[i] = digit;
	});
	return { images, labels, count: samples.length };
}
