// Says which digit each image shows, with weights from examples/digits, and writes digits.json.
// Usage: node classify.js [weights.safetensors] [folder of PNG files] [folder for the outputs]
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readNetwork } from "./network.js";
import { readGreyPng } from "./png.js";

const [weights = "/inputs/weights", images = "/inputs/images", outputs = "/outputs"] = process.argv.slice(2);
const SIDE = 28;

function main() {
	const network = readNetwork(readFileSync(weights));
	const names = readdirSync(images).sort();
	const answers = names.map((name) => ({ image: name, ...classify(network, name) }));
	for (const { image, digit, margin } of answers) console.log(`${image}: ${digit} (ahead by ${margin.toFixed(2)})`);
	writeFileSync(join(outputs, "digits.json"), `${JSON.stringify(answers, undefined, "\t")}\n`);
}

/** The digit with the highest score, and how far it is ahead of the next. */
function classify(network, name) {
	const { width, height, pixels } = readGreyPng(readFileSync(join(images, name)));
	if (width !== SIDE || height !== SIDE) throw new Error(`${name} is ${width}x${height}, not ${SIDE}x${SIDE}`);
	const scores = network(pixels, SIDE);
	const [first, second] = [...scores].sort((a, b) => b - a);
	return { digit: scores.indexOf(first), margin: first - second };
}

try {
	main();
} catch (error) {
	console.error(`classify: ${error.message}`);
	process.exitCode = 1;
}
