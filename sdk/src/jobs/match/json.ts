import { shortMessageOf } from "../../errors/base.ts";
import type { Close } from "./closeness.ts";
import { type Difference, Unreadable } from "./unreadable.ts";

/** Deeper than any report, and far from the end of the stack. */
const MAX_DEPTH = 200;

/** Compares two JSON texts: numbers by `close`, everything else exactly. The order of an object's fields is free. */
export function compareJson(claimed: Uint8Array, obtained: unknown, close: Close): Difference | undefined {
	return differ(readJson(claimed), obtained, close, "$", 0);
}

/** @throws {Unreadable} */
export function readJson(bytes: Uint8Array): unknown {
	try {
		return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
	} catch (error) {
		throw new Unreadable(`it is not JSON: ${shortMessageOf(error)}`);
	}
}

function differ(one: unknown, other: unknown, close: Close, at: string, depth: number): Difference | undefined {
	if (depth > MAX_DEPTH) throw new Unreadable(`it is nested deeper than ${MAX_DEPTH}`);
	if (typeof one === "number" && typeof other === "number") {
		const { same, by } = close(one, other);
		return same ? undefined : { at, detail: `${one} instead of ${other}, off by ${by}` };
	}
	if (!isContainer(one) || !isContainer(other) || Array.isArray(one) !== Array.isArray(other))
		return one === other ? undefined : { at, detail: `${brief(one)} instead of ${brief(other)}` };
	const [names, others] = [Object.keys(one), Object.keys(other)];
	const lacking = others.find((name) => !Object.hasOwn(one, name)) ?? names.find((name) => !Object.hasOwn(other, name));
	if (lacking !== undefined) return { at: `${at}[${JSON.stringify(lacking)}]`, detail: "is in one of the two only" };
	for (const name of others) {
		const found = differ(one[name], other[name], close, `${at}[${JSON.stringify(name)}]`, depth + 1);
		if (found) return found;
	}
	return undefined;
}

/** An object, or an array taken by its indexes. */
function isContainer(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null;
}

function brief(value: unknown): string {
	const text = isContainer(value) ? (Array.isArray(value) ? "a list" : "a map") : (JSON.stringify(value) ?? "nothing");
	return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
