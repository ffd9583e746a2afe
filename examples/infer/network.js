/**
 * A network as its weights describe it: in the order of the file, each `<name>.weight` with its `<name>.bias` is a layer.
 * Weights of four sizes [units, rows, columns, channels] are a convolution with stride 2, of two a dense layer; every
 * layer but the last cuts negative outputs to 0.
 * @param file in the safetensors format, 32-bit floats
 */
export function readNetwork(file) {
	const tensors = readSafetensors(file);
	const names = [...tensors.keys()].filter((name) => name.endsWith(".weight"));
	if (names.length === 0) throw new Error("the weights file has no layer");
	const layers = names.map((name) => {
		const bias = tensors.get(name.replace(/weight$/, "bias"));
		if (!bias) throw new Error(`layer ${name} has no bias`);
		return { ...tensors.get(name), bias: bias.values };
	});
	return (image, side) => layers.reduce(forward, { values: image, side, channels: 1 }).values;

	function forward(input, layer, index) {
		const output = layer.shape.length === 4 ? convolve(input, layer) : dense(input, layer);
		const isLast = index === layers.length - 1;
		return isLast ? output : { ...output, values: output.values.map((value) => Math.max(0, value)) };
	}
}

function dense({ values }, { shape: [units, size], values: weights, bias }) {
	if (values.length !== size) throw new Error(`a layer takes ${size} values and gets ${values.length}`);
	const sum = (unit) => values.reduce((total, value, i) => total + weights[unit * size + i] * value, bias[unit]);
	return { values: Float64Array.from({ length: units }, (_, unit) => sum(unit)), side: 1, channels: units };
}

function convolve({ values, side, channels }, { shape, values: weights, bias }) {
	const [units, kernel] = shape;
	const outSide = Math.floor((side - kernel) / 2) + 1;
	const output = new Float64Array(outSide * outSide * units);
	const row = kernel * channels;
	for (let at = 0; at < output.length; at++) {
		const [unit, place] = [at % units, Math.floor(at / units)];
		const [x, y] = [(place % outSide) * 2, Math.floor(place / outSide) * 2];
		let sum = bias[unit];
		for (let ky = 0; ky < kernel; ky++) {
			const from = ((y + ky) * side + x) * channels;
			const weight = (unit * kernel + ky) * row;
			for (let i = 0; i < row; i++) sum += weights[weight + i] * values[from + i];
		}
		output[at] = sum;
	}
	return { values: output, side: outSide, channels: units };
}

/** By name: shape and values. */
function readSafetensors(file) {
	const start = 8 + Number(file.readBigUInt64LE(0));
	const table = JSON.parse(file.toString("utf8", 8, start));
	const tensors = Object.entries(table).filter(([name]) => name !== "__metadata__");
	return new Map(
		tensors.map(
			([
				name,
				{
					dtype,
					shape,
					data_offsets: [from, to],
				},
			]) => {
				if (dtype !== "F32") throw new Error(`${name} is ${dtype}, not F32`);
				const values = Float64Array.from({ length: (to - from) / 4 }, (_, i) => file.readFloatLE(start + from + i * 4));
				return [name, { shape, values }];
			},
		),
	);
}
