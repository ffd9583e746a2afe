import { SIDE } from "./data.js";
import { exp, log } from "./exact.js";
import { createLayer, squarePatches } from "./layer.js";

const MOMENTUM = 0.9;
const DECAY = 0.0005;

/**
 * A small convolutional network in the shape of the first that read postcodes (LeCun et al., 1989):
 * 28x28 grey → 12x12x8 → 4x4x16 → 64 → 10 scores.
 */
export function createNetwork(random) {
	const everything = (size) => Int32Array.from({ length: size }, (_, i) => i);
	const layers = [
		{
			name: "convolution1",
			shape: [8, 5, 5, 1],
			patches: squarePatches({ side: SIDE, channels: 1, kernel: 5, stride: 2 }),
			inputSize: SIDE * SIDE,
		},
		{
			name: "convolution2",
			shape: [16, 5, 5, 8],
			patches: squarePatches({ side: 12, channels: 8, kernel: 5, stride: 2 }),
			inputSize: 12 * 12 * 8,
		},
		{ name: "dense1", shape: [64, 256], patches: everything(256), inputSize: 256 },
		{ name: "dense2", shape: [10, 64], patches: everything(64), inputSize: 64 },
	].map((layer, i, all) => createLayer({ ...layer, first: i === 0, rectify: i < all.length - 1, random }));
	const parameters = layers.flatMap((layer) => layer.parameters);
	const scoreGradient = new Float64Array(10);

	/** Ten scores for one image of 784 grey values; the highest is the answer. */
	const scores = (image) => layers.reduce((signal, layer) => layer.forward(signal), image);

	/** Adds one image to the coming step; returns its loss (cross-entropy, in nats). */
	function learn(image, label) {
		const loss = crossEntropy(scores(image), label, scoreGradient);
		layers.reduceRight((gradient, layer) => layer.backward(gradient), scoreGradient);
		return loss;
	}

	/** Changes the weights by what was learnt from `count` images since the last step (momentum, weight decay). */
	function step(learningRate, count) {
		for (const { values, gradients, speeds } of parameters) {
			for (let i = 0; i < values.length; i++) {
				speeds[i] = MOMENTUM * speeds[i] - learningRate * (gradients[i] / count + DECAY * values[i]);
				values[i] += speeds[i];
				gradients[i] = 0;
			}
		}
	}

	/** Rounds the weights to the 32 bits in which they are stored, so that what is measured is what is delivered. */
	function round() {
		for (const { values } of parameters) values.set(Float32Array.from(values));
	}

	return { scores, learn, step, round, parameters };
}

/** Loss of ten scores for the right label; writes how it changes with each score into `gradient` when that is given. */
export function crossEntropy(scores, label, gradient) {
	const highest = Math.max(...scores);
	const shares = Array.from(scores, (score) => exp(score - highest));
	const sum = shares.reduce((total, share) => total + share, 0);
	if (gradient) for (let i = 0; i < 10; i++) gradient[i] = shares[i] / sum - (i === label ? 1 : 0);
	return log(sum) - (scores[label] - highest);
}
