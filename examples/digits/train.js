// Trains a small neural network to read handwritten digits, tests it on 2,000 it has not seen, and writes
// weights.safetensors, metrics.json, loss.png and confusion.png. The same settings give the same bytes on any machine.
// Usage: node train.js [folder with 0.json … 9.json] [folder for the outputs]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawConfusion } from "./chart/confusion.js";
import { drawLoss } from "./chart/loss.js";
import { readDigits } from "./model/data.js";
import { createRandom, shuffle } from "./model/random.js";
import { encodeSafetensors } from "./model/safetensors.js";
import { readSettings } from "./model/settings.js";
import { evaluate, train } from "./model/training.js";

const [inputs = "/inputs/digits", outputs = "/outputs"] = process.argv.slice(2);

function main() {
	const settings = readSettings(process.env);
	const { training, validation, test } = readDigits(inputs);
	console.log(
		`${training.count} digits to learn from, ${validation.count} to watch, ${test.count} held out for the test`,
	);
	if (settings.shuffle) {
		// A network cannot learn from labels dealt at random. If it scored well even so, the test would be worthless.
		shuffle(training.labels, createRandom(settings.seed, "labels"));
		console.log("the labels to learn from are shuffled");
	}

	const history = [];
	const network = train({ training, validation }, settings, (epoch) => {
		history.push(epoch);
		console.log(
			`epoch ${epoch.epoch} of ${settings.epochs}: loss ${epoch.trainingLoss.toFixed(4)}, ` +
				`on validation ${epoch.validationLoss.toFixed(4)}, ${percent(epoch.validationAccuracy)} right`,
		);
	});

	const result = evaluate(network, test);
	console.log(`test: ${percent(result.accuracy)} of ${test.count} held-out digits right`);
	write("weights.safetensors", encodeSafetensors(network.parameters));
	write("metrics.json", `${JSON.stringify(metrics(settings, history, result, { training, validation, test }))}\n`);
	write("loss.png", drawLoss(history, describe(settings)));
	write(
		"confusion.png",
		drawConfusion(result.confusion, `${percent(result.accuracy)} right`, `${test.count} held-out digits`),
	);
}

function metrics(settings, history, { accuracy, loss, confusion }, { training, validation, test }) {
	return {
		accuracy,
		loss,
		testCount: test.count,
		trainCount: training.count,
		validationCount: validation.count,
		...settings,
		history,
		confusion,
	};
}

function describe({ epochs, seed, learningRate, shuffle: shuffled }) {
	return `${epochs} ${epochs === 1 ? "epoch" : "epochs"}, seed ${seed}, learning rate ${learningRate}${shuffled ? ", labels shuffled" : ""}`;
}

function percent(share) {
	return `${(share * 100).toFixed(1)}%`;
}

function write(name, content) {
	writeFileSync(join(outputs, name), content);
	console.log(`wrote ${name}`);
}

try {
	main();
} catch (error) {
	console.error(`digits: ${error.message}`);
	process.exitCode = 1;
}
