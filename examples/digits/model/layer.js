/**
 * One layer of a network: it looks at its input through patches, and each unit weighs each patch.
 * A convolution has many small patches; a dense layer has one patch, the whole input. Maps are stored row by row with
 * the channels of a position side by side.
 *
 * `shape` is that of the weights, units first; `patches` lists the input positions of one patch after the other.
 * `rectify` cuts negative outputs to 0 (ReLU). The `first` layer has nobody to pass a gradient back to.
 */
export function createLayer({ name, shape, patches, inputSize, rectify, first, random }) {
	const units = shape[0];
	const patchSize = shape.slice(1).reduce((product, size) => product * size, 1);
	const patchCount = patches.length / patchSize;
	const weights = parameter(`${name}.weight`, shape);
	const biases = parameter(`${name}.bias`, [units]);
	const spread = Math.sqrt(6 / patchSize); // keeps the signal's strength from layer to layer (He et al., 2015)
	for (let i = 0; i < weights.values.length; i++) weights.values[i] = (random() * 2 - 1) * spread;

	const seen = new Float64Array(patches.length);
	const output = new Float64Array(patchCount * units);
	const patchGradient = new Float64Array(patchSize);
	const inputGradient = new Float64Array(inputSize);

	function forward(input) {
		for (let i = 0; i < patches.length; i++) seen[i] = input[patches[i]];
		const w = weights.values;
		for (let p = 0; p < patchCount; p++) {
			const start = p * patchSize;
			for (let unit = 0; unit < units; unit++) {
				const sum = biases.values[unit] + dot(w, unit * patchSize, seen, start, patchSize);
				output[p * units + unit] = rectify && sum < 0 ? 0 : sum;
			}
		}
		return output;
	}

	/** Takes how the loss changes with each output, adds up how it changes with each weight, returns it for each input. */
	function backward(outputGradient) {
		inputGradient.fill(0);
		for (let p = 0; p < patchCount; p++) {
			const start = p * patchSize;
			patchGradient.fill(0);
			for (let unit = 0; unit < units; unit++) {
				const gradient = outputGradient[p * units + unit];
				if (gradient === 0 || (rectify && output[p * units + unit] === 0)) continue;
				biases.gradients[unit] += gradient;
				addScaled(weights.gradients, unit * patchSize, gradient, seen, start, patchSize);
				if (!first) addScaled(patchGradient, 0, gradient, weights.values, unit * patchSize, patchSize);
			}
			if (!first) for (let i = 0; i < patchSize; i++) inputGradient[patches[start + i]] += patchGradient[i];
		}
		return inputGradient;
	}

	return { forward, backward, parameters: [weights, biases] };
}

/** The patches of a convolution without padding over a square map. */
export function squarePatches({ side, channels, kernel, stride }) {
	const positions = [];
	for (let y = 0; y + kernel <= side; y += stride) {
		for (let x = 0; x + kernel <= side; x += stride) {
			for (let ky = 0; ky < kernel; ky++) {
				const start = ((y + ky) * side + x) * channels;
				for (let i = 0; i < kernel * channels; i++) positions.push(start + i);
			}
		}
	}
	return Int32Array.from(positions);
}

function parameter(name, shape) {
	const size = shape.reduce((product, each) => product * each, 1);
	return {
		name,
		shape,
		values: new Float64Array(size),
		gradients: new Float64Array(size),
		speeds: new Float64Array(size),
	};
}

function dot(a, aStart, b, bStart, length) {
	let even = 0;
	let odd = 0;
	let i = 0;
	for (; i + 1 < length; i += 2) {
		even += a[aStart + i] * b[bStart + i];
		odd += a[aStart + i + 1] * b[bStart + i + 1];
	}
	if (i < length) even += a[aStart + i] * b[bStart + i];
	return even + odd;
}

function addScaled(target, targetStart, factor, source, sourceStart, length) {
	for (let i = 0; i < length; i++) target[targetStart + i] += factor * source[sourceStart + i];
}
