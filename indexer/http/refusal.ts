// What is refused, by the mirror and by the gateway, as RFC 9457 documents that name the field at fault.
import { type ProblemJson, type ProblemName, type ProblemStatus, problems } from "depin/indexer";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";

export type FieldError = NonNullable<ProblemJson["errors"]>[number];

/** An answer that is not what was asked for. */
export class Refusal extends Error {
	override readonly name = "Refusal";
	readonly status: ProblemStatus;
	readonly errors: readonly FieldError[];
	readonly headers: Readonly<Record<string, string>>;
	/** More that the document tells programs. */
	readonly members: object;
	constructor(
		status: ProblemStatus,
		detail: string,
		{ errors = [], headers = {}, members = {} }: Partial<Pick<Refusal, "errors" | "headers" | "members">> = {},
	) {
		super(detail);
		this.status = status;
		this.errors = errors;
		this.headers = headers;
		this.members = members;
	}
}

/** A body of nothing but mistakes must not be answered with as much. */
const MOST_ERRORS = 20;

/** A request that cannot be understood because of these fields. */
export function misread(errors: readonly FieldError[]): Refusal {
	const told = errors.slice(0, MOST_ERRORS);
	const said = told.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
	if (errors.length > told.length) said.push(`and ${errors.length - told.length} more`);
	return new Refusal(400, said.join("; "), { errors: told });
}

/** Answers a thrown error; what nobody foresaw is logged whole and told in one sentence. */
export function answerRefusal(error: Error, c: Context): Response {
	const refusal = error instanceof Refusal ? error : unforeseen(error);
	for (const [name, value] of Object.entries(refusal.headers)) c.header(name, value);
	c.header("Content-Type", "application/problem+json");
	c.header("Cache-Control", "no-store");
	return c.body(JSON.stringify({ ...problemOf(refusal), ...refusal.members }), refusal.status);
}

export function problemOf({ status, message, errors }: Pick<Refusal, "status" | "message" | "errors">): ProblemJson {
	const [name, title] = byStatus.get(status) ?? ["internal", ""];
	const problem: ProblemJson = { type: `https://depin.dev/problems/${name}`, title, status, detail: message };
	return errors.length === 0 ? problem : { ...problem, errors: [...errors] };
}

const byStatus = new Map(
	Object.entries(problems).map(([name, [status, title]]) => [status, [name as ProblemName, title]] as const),
);

function unforeseen(error: Error): Refusal {
	if (error instanceof HTTPException && error.status < 500) return new Refusal(400, error.message);
	console.error(error);
	return new Refusal(500, "The fault is on this side; the chain itself is not affected.");
}
