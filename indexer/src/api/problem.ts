// Refusals as RFC 9457 documents that name the field at fault.
import type { ProblemJson } from "depin/indexer";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";

type FieldError = NonNullable<ProblemJson["errors"]>[number];

const titles = {
	400: ["invalid-request", "The request cannot be understood"],
	404: ["not-found", "There is nothing here"],
	405: ["method-not-allowed", "This mirror can only be read"],
	500: ["internal", "The mirror failed to answer"],
} as const;

/** An answer that is not what was asked for. */
export class Problem extends Error {
	override readonly name = "Problem";
	readonly status: keyof typeof titles;
	readonly errors: readonly FieldError[];
	constructor(status: keyof typeof titles, detail: string, errors: readonly FieldError[] = []) {
		super(detail);
		this.status = status;
		this.errors = errors;
	}
}

/** Answers a thrown error; what nobody foresaw is logged whole and told in one sentence. */
export function problemOf(error: Error, c: Context): Response {
	if (error instanceof Problem) return document(c, error.status, error.message, error.errors);
	if (error instanceof HTTPException && error.status < 500) return document(c, 400, error.message, []);
	console.error(error);
	return document(c, 500, "The fault is on this side; the chain itself is not affected.", []);
}

function document(c: Context, status: keyof typeof titles, detail: string, errors: readonly FieldError[]): Response {
	const [type, title] = titles[status];
	const problem: ProblemJson = { type: `https://depin.dev/problems/${type}`, title, status, detail };
	if (errors.length > 0) problem.errors = [...errors];
	if (status === 405) c.header("Allow", "GET, HEAD, OPTIONS");
	return c.body(JSON.stringify(problem), status, { "Content-Type": "application/problem+json" });
}
