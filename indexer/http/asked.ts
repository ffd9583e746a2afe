// What a request asks for, read by its route's schemas. Whatever is not understood is refused by name.
import type { Route } from "depin/indexer";
import type { Context } from "hono";
import { z } from "zod";
import { type FieldError, misread } from "./refusal.ts";

type Texts = Record<string, string[]>;
export type Asked<R extends Pick<Route, "params" | "query">> = z.output<R["params"]> & z.output<R["query"]>;

/**
 * Path and query of a request, by name.
 * @throws {Refusal} 400, naming every field at fault
 */
export function readAsked<const R extends Pick<Route, "params" | "query">>(c: Context, route: R): Asked<R> {
	const path = Object.fromEntries(Object.entries(c.req.param()).map(([name, text]) => [name, [String(text)]]));
	const [params, query] = [decode(route.params, path), decode(route.query, c.req.queries())];
	const errors = [...params.errors, ...query.errors];
	if (errors.length > 0) throw misread(errors);
	return { ...params.value, ...query.value } as Asked<R>;
}

/**
 * A body, or one header, by its schema.
 * @throws {Refusal} 400, naming every field at fault
 */
export function readAs<T extends z.ZodType>(schema: T, said: unknown): z.output<T> {
	const parsed = schema.safeParse(said);
	if (parsed.success) return parsed.data;
	throw misread(errorsOf(parsed.error, schema));
}

function decode(schema: z.ZodObject, texts: Texts): { value: object; errors: FieldError[] } {
	const errors: FieldError[] = [];
	const said = new Map<string, string | number>();
	for (const [name, [text = "", ...more]] of Object.entries(texts)) {
		const form = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
		if (more.length > 0) errors.push({ path: name, message: `given ${more.length + 1} times` });
		else said.set(name, form && isNumber(form) && /^\d{1,16}$/.test(text) ? Number(text) : text);
	}
	// Without a prototype, so that a parameter may be called anything.
	const parsed = schema.safeParse(Object.assign(Object.create(null), Object.fromEntries(said)));
	if (parsed.success) return { value: parsed.data, errors };
	const others = errorsOf(parsed.error, schema).filter(({ path }) => !errors.some((error) => error.path === path));
	return { value: {}, errors: [...errors, ...others] };
}

/** A number under its default or where it may be left out. */
function isNumber(form: unknown): boolean {
	if (form instanceof z.ZodOptional || form instanceof z.ZodDefault) return isNumber(form.unwrap());
	return form instanceof z.ZodNumber;
}

function errorsOf(error: z.ZodError, schema: z.ZodType): FieldError[] {
	return error.issues.flatMap((issue) => {
		const path = issue.path.join(".");
		if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }];
		const known = issue.path.length === 0 && schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
		const message = known.length === 0 ? "unknown" : `unknown; known are ${known.join(", ")}`;
		return issue.keys.map((key) => ({ path: [...issue.path, key].join("."), message }));
	});
}
