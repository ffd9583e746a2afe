// Requests drawn from the OpenAPI document by a seed: mostly as it allows, here and there not. Each knows which fields
// are at fault, reckoned from the document and not by the code that reads them.
import type { JsonSchema, Operation, Parameter } from "depin/indexer";
import type { Judge } from "./judge.ts";

export type Drawn = {
	operation: Operation;
	method: string;
	path: string;
	body?: string;
	/** Names of the parameters, or paths into the body, that must be named by the refusal. */
	faults: string[];
	/** Fields that the document allows and this may be refused for all the same: made-up cursors, ranges turned round. */
	mayRefuse: string[];
};
/** Ids and addresses that there are, so that answers are not all 404. */
export type Known = { hashes: string[]; addresses: string[]; cursors: string[] };

const hostile = [
	...["", " ", "0", "-1", "00", "1e1", "1.5", "+1", "0x", "0X12", "NaN", "Infinity", "null", "true", "[]", "{}", "*"],
	...["2147483648", "4294967296", "9007199254740993", "99999999999999999999", "9".repeat(400), "a".repeat(1_500)],
	...["'", "' OR 1=1 --", "; DROP TABLE orders", "%", "_", "\\", "\0", "\n", "\r\nX-Injected: 1", "../../etc/passwd"],
	...[
		"😀",
		"ﬀ",
		"\u202e",
		"constructor",
		"__proto__",
		"toString",
		"open,done",
		`0x${"g".repeat(40)}`,
		`0x${"a".repeat(39)}`,
	],
	...["LTk5OTk", "Li4v", "bm8gY3Vyc29y", "-_-", "AAAA"],
];
const strange: unknown[] = [
	...[null, true, -1, 0.5, 2 ** 53, -(2 ** 53), 1e308, "", "x", "-1", "0x", "9".repeat(400), [], {}, [[]], { a: 1 }],
	...["\0", "😀", [null], { toString: 1 }, "1e5", " 1"],
];

export function createDrawing(judge: Judge, random: () => number, known: Known) {
	const below = (count: number) => Math.floor(random() * count);
	const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
	const chance = (share: number) => random() < share;

	function draw(method: string, path: string, operation: Operation): Drawn {
		const faults = new Set<string>();
		const names = operation.parameters.map(({ name }) => name);
		const mayRefuse = names.filter((name) => name === "cursor" || name === "from");
		let filled = path;
		const asked = new URLSearchParams();
		for (const parameter of operation.parameters) {
			const { name, in: place, required } = parameter;
			if (place === "header" || !(required || chance(0.35))) continue;
			const text = chance(0.2) ? pick(hostile) : textOf(parameter);
			const pathless = place === "path" && /^[./\s]*$|\/|\\/.test(text);
			const said = pathless ? "nothing" : text;
			if (!isText(parameter.schema, said)) faults.add(name);
			if (place === "path") filled = filled.replace(`{${name}}`, encodeURIComponent(said));
			else asked.append(name, said);
		}
		if (chance(0.06) && asked.size > 0) {
			const [[name, text] = ["", ""]] = asked;
			asked.append(name, text);
			faults.add(name);
		}
		if (chance(0.06)) {
			const name = pick(["colour", "Limit", "__proto__", "constructor", "limit[]", "q"]);
			asked.append(name, pick(hostile));
			faults.add(name);
		}
		const query = asked.size === 0 ? "" : `?${asked}`;
		const drawn = { operation, method, path: filled + query, faults: [...faults], mayRefuse };
		const schema = operation.requestBody?.content["application/json"]?.schema;
		return schema ? { ...drawn, ...drawBody(schema, faults.size > 0) } : drawn;
	}

	function drawBody(schema: JsonSchema, refusedAnyhow: boolean): Partial<Drawn> {
		const body = valueFor(schema);
		const paths = pathsOf(body);
		const at = pick(paths);
		const changed = chance(0.2) ? body : change(body, at);
		const text = JSON.stringify(changed);
		if (refusedAnyhow || judge.faults(schema, JSON.parse(text)).length === 0) return { body: text };
		return { body: text, faults: [at.join(".")] };
	}

	/** The value with the member at `path` replaced by something strange. */
	function change(value: unknown, [name, ...rest]: readonly (string | number)[]): unknown {
		if (name === undefined) return pick(strange);
		const copied = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
		copied[name] = change(copied[name], rest);
		return copied;
	}

	function pathsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
		if (typeof value !== "object" || value === null) return [path];
		const members = Object.entries(value).flatMap(([name, member]) =>
			pathsOf(member, [...path, Array.isArray(value) ? Number(name) : name]),
		);
		return [path, ...members];
	}

	const textOf = ({ name, schema }: Parameter): string => {
		if (name === "cursor" && known.cursors.length > 0 && chance(0.7)) return pick(known.cursors);
		return String(valueFor(schema));
	};

	function valueFor(schema: JsonSchema): unknown {
		const { $ref, type, pattern, minimum, maximum, properties, items, maxItems = 3 } = schema;
		if (typeof $ref === "string")
			return valueFor(judge.document.components.schemas[$ref.split("/").at(-1) ?? ""] ?? {});
		const either = (schema["anyOf"] ?? schema["oneOf"]) as JsonSchema[] | undefined;
		if (either) return valueFor(pick(either));
		if (schema["const"] !== undefined) return schema["const"];
		if (Array.isArray(schema["enum"])) return pick(schema["enum"]);
		if (type === "integer" || type === "number") return numberIn(Number(minimum ?? 0), Number(maximum ?? 1e6), type);
		if (type === "boolean") return chance(0.5);
		if (type === "null") return null;
		if (type === "array") {
			return Array.from({ length: below(Math.min(3, Number(maxItems)) + 1) }, () => valueFor(items as JsonSchema));
		}
		if (type === "object") {
			const members = Object.entries((properties ?? {}) as Record<string, JsonSchema>);
			const required = (schema["required"] ?? []) as string[];
			const given = members.filter(([name]) => required.includes(name) || chance(0.5));
			return Object.fromEntries(given.map(([name, member]) => [name, valueFor(member)]));
		}
		return typeof pattern === "string"
			? matching(pattern)
			: pick(["", "text", "{ orders { items { id } } }", "{", "query"]);
	}

	function numberIn(least: number, most: number, type: string): number {
		const top = Math.min(most, 2 ** 40);
		const drawn = pick([least, Math.min(least + 1, top), top, least + random() * (top - least)]);
		return type === "integer" ? Math.floor(drawn) : drawn;
	}

	/** A text of a pattern that is a row of characters and classes with counts, as all of ours are. */
	function matching(pattern: string): string {
		if (/\{40\}/.test(pattern) && known.addresses.length > 0 && chance(0.7)) return pick(known.addresses);
		if (/\{64\}/.test(pattern) && known.hashes.length > 0 && chance(0.7)) return pick(known.hashes);
		const parts = pattern.replace(/^\^|\$$/g, "").matchAll(/(\[[^\]]+\]|\\[dw]|.)(?:\{(\d+)(?:,(\d+))?\}|(\?))?/g);
		return Array.from(parts, ([, one = "", least = "1", most, maybe]) => {
			const from = maybe ? 0 : Number(least);
			const count = from + below(Math.min(40, Number(most ?? (maybe ? 1 : least)) - from) + 1);
			return Array.from({ length: count }, () => ofClass(one)).join("");
		}).join("");
	}

	function ofClass(one: string): string {
		if (one.length === 1) return one;
		const fits = new RegExp(`^${one}$`, "u");
		const letters = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
		return pick(letters.filter((letter) => fits.test(letter)));
	}

	/** Whether a parameter may say this: numbers are digits, all else is text as it stands. */
	function isText(schema: JsonSchema, text: string): boolean {
		if (schema["type"] !== "integer") return judge.faults(schema, text).length === 0;
		return /^\d{1,16}$/.test(text) && judge.faults(schema, Number(text)).length === 0;
	}

	return { draw, pick, below };
}
