/** Reads the settings of a run from its environment; throws, naming the variable, when one makes no sense. */
export function readSettings(environment) {
	const number = (name, fallback, isRight, meaning) => {
		const text = environment[name] || fallback;
		const value = Number(text);
		if (!isRight(value)) throw new Error(`${name} is "${text}", but must be ${meaning}`);
		return value;
	};
	const wholeBetween = (least, most) => (value) => Number.isInteger(value) && value >= least && value <= most;
	return {
		seed: number("SEED", "1", wholeBetween(0, 4294967295), "a whole number from 0 to 4294967295"),
		epochs: number("EPOCHS", "8", wholeBetween(1, 1000), "a whole number from 1 to 1000"),
		learningRate: number("LEARNING_RATE", "0.03", (value) => value > 0 && value <= 1, "above 0 and at most 1"),
		shuffle: number("SHUFFLE", "0", wholeBetween(0, 1), "0 or 1") === 1,
	};
}
