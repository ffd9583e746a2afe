import { PIXELS } from "./data.js";
import { distort } from "./distort.js";
import { createNetwork, crossEntropy } from "./network.js";
import { createRandom, shuffle } from "./random.js";

const BATCH = 16;

/**
 * Trains a network on the training set; calls `onEpoch` with `{epoch, trainingLoss, validationLoss, validationAccuracy}`
 * after each pass over it. Throws when the losses grow beyond all numbers.
 */
export function train({ training, validation }, { seed, epochs, learningRate }, onEpoch) {
	const network = createNetwork(createRandom(seed, "weights"));
	const orderRandom = createRandom(seed, "order");
	const distortRandom = createRandom(seed, "distort");
	const order = Array.from({ length: training.count }, (_, i) => i);
	const image = new Float64Array(PIXELS);
	const steps = epochs * Math.ceil(order.length / BATCH);
	let step = 0;
	for (let epoch = 1; epoch <= epochs; epoch++) {
		shuffle(order, orderRandom);
		let loss = 0;
		for (let start = 0; start < order.length; start += BATCH) {
			const batch = order.slice(start, start + BATCH);
			for (const index of batch) {
				distort(training.images, index, image, distortRandom);
				loss += network.learn(image, training.labels[index]);
			}
			network.step(learningRate * (1 - step++ / steps), batch.length);
		}
		const trainingLoss = loss / order.length;
		if (!Number.isFinite(trainingLoss))
			throw new Error(`the loss grew without end in epoch ${epoch}: lower LEARNING_RATE`);
		const seen = evaluate(network, validation);
		onEpoch({ epoch, trainingLoss, validationLoss: seen.loss, validationAccuracy: seen.accuracy });
	}
	network.round();
	return network;
}

/** How a network does on a set: share of right answers, mean loss, and how often it took which digit for which. */
export function evaluate(network, { images, labels, count }) {
	const confusion = Array.from({ length: 10 }, () => new Array(10).fill(0));
	const image = new Float64Array(PIXELS);
	let right = 0;
	let loss = 0;
	for (let i = 0; i < count; i++) {
		image.set(images.subarray(i * PIXELS, (i + 1) * PIXELS));
		const scores = network.scores(image);
		const answer = scores.indexOf(Math.max(...scores));
		confusion[labels[i]][answer]++;
		if (answer === labels[i]) right++;
		loss += crossEntropy(scores, labels[i]);
	}
	return { accuracy: right / count, loss: loss / count, confusion };
}
