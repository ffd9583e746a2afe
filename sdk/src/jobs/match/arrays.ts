import type { Close } from "./closeness.ts";
import type { NumberArray } from "./numbers.ts";
import type { Difference } from "./unreadable.ts";

/** Compares arrays by name; each must be of the same type and shape on both sides. */
export function compareArrays(
	claimed: ReadonlyMap<string, NumberArray>,
	obtained: ReadonlyMap<string, NumberArray>,
	close: Close,
): Difference | undefined {
	const names = [...new Set([...obtained.keys(), ...claimed.keys()])];
	for (const name of names) {
		const [one, other] = [claimed.get(name), obtained.get(name)];
		if (!one || !other) return { at: name, detail: "is in one of the two only" };
		const found = compareArray(one, other, close);
		if (found) return { ...found, at: `${name}${found.at}` };
	}
	return undefined;
}

function compareArray(one: NumberArray, other: NumberArray, close: Close): Difference | undefined {
	const [kind, expected] = [one, other].map(({ shape, type }) => `${type} ${shape.join("x")}`.trim());
	if (kind !== expected) return { at: "", detail: `is ${kind} instead of ${expected}` };
	for (let index = 0; index < other.length; index += 1) {
		const { same, by } = close(one.at(index), other.at(index));
		if (!same) return { at: `[${index}]`, detail: `${one.at(index)} instead of ${other.at(index)}, off by ${by}` };
	}
	return undefined;
}
