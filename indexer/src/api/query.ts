// Reads what a request asks for. Whatever is not understood is refused by name: a filter that were silently ignored
// would answer another question.
import type { Context } from "hono";
import { type Address, type Hex, isAddress } from "viem";
import { Problem } from "./problem.ts";

/** Turns text into a value, or returns what it expected instead. */
export type Reader<T> = (text: string) => { value: T } | { expected: string };
type Readers = Record<string, Reader<unknown>>;
type Values<readers extends Readers> = {
	[name in keyof readers]?: readers[name] extends Reader<infer T> ? T : never;
};

export const address: Reader<Address> = (text) =>
	isAddress(text, { strict: false })
		? { value: text.toLowerCase() as Address }
		: { expected: "an address of 0x and 40 hex digits" };

export const orderId: Reader<Hex> = (text) =>
	/^0x[0-9a-f]{64}$/i.test(text)
		? { value: text.toLowerCase() as Hex }
		: { expected: "an order id of 0x and 64 hex digits" };

/** A whole number from `least` to `most`. */
export function count(least: number, most: number): Reader<number> {
	return (text) => {
		const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
		return value >= least && value <= most ? { value } : { expected: `a whole number from ${least} to ${most}` };
	};
}

export function oneOf<const T extends string>(choices: readonly T[]): Reader<T> {
	return (text) => {
		const value = choices.find((choice) => choice === text);
		return value === undefined ? { expected: `one of ${choices.join(", ")}` } : { value };
	};
}

/** A cursor of ours: the key of the last row of the page before. */
function cursor(key: RegExp): Reader<string> {
	return (text) => {
		const value = Buffer.from(text, "base64url").toString("latin1");
		return key.test(value) ? { value } : { expected: "the nextCursor of a page of this list" };
	};
}

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 50;

/** The filters of a list, and which page of it. `key` is the form of the rows' sort key. */
export function readPage<readers extends Readers>(
	c: Context,
	key: RegExp,
	readers: readers,
): { filter: Values<readers>; after: string | undefined; limit: number } {
	const paging = { cursor: cursor(key), limit: count(1, MAX_LIMIT) };
	const { cursor: after, limit, ...filter } = readAll<Readers>(c.req.queries(), { ...readers, ...paging });
	return {
		filter: filter as Values<readers>,
		after: after as string | undefined,
		limit: (limit as number | undefined) ?? DEFAULT_LIMIT,
	};
}

/** A route that takes no query refuses one. */
export function readNothing(c: Context): void {
	readAll(c.req.queries(), {});
}

/** The named parts of the path. */
export function readPath<readers extends Readers>(c: Context, readers: readers): Required<Values<readers>> {
	const texts = Object.entries(c.req.param() as Record<string, string>).map(([name, text]) => [name, [text]]);
	return readAll(Object.fromEntries(texts) as Record<string, string[]>, readers) as Required<Values<readers>>;
}

function readAll<readers extends Readers>(texts: Record<string, string[]>, readers: readers): Values<readers> {
	const errors: { path: string; message: string }[] = [];
	const values: Record<string, unknown> = {};
	for (const [path, [text = "", ...more]] of Object.entries(texts)) {
		const reader = Object.hasOwn(readers, path) ? readers[path] : undefined;
		const outcome = reader?.(text);
		if (!outcome) errors.push({ path, message: `unknown; known are ${Object.keys(readers).join(", ") || "none"}` });
		else if (more.length > 0) errors.push({ path, message: "given more than once" });
		else if ("expected" in outcome) errors.push({ path, message: `expected ${outcome.expected}` });
		else values[path] = outcome.value;
	}
	const said = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
	if (errors.length > 0) throw new Problem(400, said, errors);
	return values as Values<readers>;
}

/** Forms of sort keys. */
export const keys = {
	sequence: /^\d{12}-\d{6}$/,
	payment: /^\d{12}-\d{6}-\d{1,3}$/,
	address: /^0x[0-9a-f]{40}$/,
	number: /^\d{1,10}$/,
};

/** One page of `rows`, which were read one beyond `limit` to know whether more follow. */
export function pageOf<Row, Item>(
	rows: readonly Row[],
	limit: number,
	keyOf: (row: Row) => string | number,
	itemOf: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
	const last = rows.length > limit ? rows[limit - 1] : undefined;
	return {
		items: rows.slice(0, limit).map(itemOf),
		nextCursor: last === undefined ? null : Buffer.from(String(keyOf(last)), "latin1").toString("base64url"),
	};
}

type Json<Row> = {
	[key in keyof Row as Exclude<key, "sequence">]: Row[key] extends bigint
		? string
		: Row[key] extends bigint | null
			? string | null
			: Row[key];
};

/** A row as it travels: amounts as decimal strings; the sort key stays inside. */
export function jsonOf<Row extends object>(row: Row): Json<Row> {
	const entries = Object.entries(row).filter(([key]) => key !== "sequence");
	return Object.fromEntries(
		entries.map(([key, value]) => [key, typeof value === "bigint" ? value.toString() : value]),
	) as Json<Row>;
}
