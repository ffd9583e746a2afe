// What the gateway itself refuses, as RFC 9457 documents in the mirror's words.
import type { ProblemJson } from "depin/indexer";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";

type FieldError = NonNullable<ProblemJson["errors"]>[number];

const titles = {
	400: ["invalid-request", "The request cannot be understood"],
	401: ["unknown-key", "The key is not one of this gateway's"],
	403: ["forbidden", "The signature does not allow this"],
	404: ["not-found", "There is nothing here"],
	405: ["method-not-allowed", "This address does not take that method"],
	409: ["out-of-order", "Something newer is known already"],
	413: ["too-large", "The body is too large"],
	414: ["address-too-long", "The address is too long"],
	415: ["unsupported-body", "The body's type or encoding is not taken"],
	429: ["rate-limited", "Too many requests"],
	500: ["internal", "The gateway failed to answer"],
	502: ["mirror-answer", "The mirror's answer cannot be passed on"],
	503: ["unavailable", "The gateway cannot answer now"],
	504: ["mirror-slow", "The mirror did not answer in time"],
} as const;

/** An answer that is not what was asked for. */
export class Refusal extends Error {
	override readonly name = "Refusal";
	readonly status: keyof typeof titles;
	readonly errors: readonly FieldError[];
	readonly headers: Readonly<Record<string, string>>;
	constructor(
		status: keyof typeof titles,
		detail: string,
		{ errors = [], headers = {} }: { errors?: readonly FieldError[]; headers?: Record<string, string> } = {},
	) {
		super(detail);
		this.status = status;
		this.errors = errors;
		this.headers = headers;
	}
}

/** Answers a thrown error; what nobody foresaw is logged whole and told in one sentence. */
export function answerRefusal(error: Error, c: Context): Response {
	const refusal = error instanceof Refusal ? error : unforeseen(error);
	const [type, title] = titles[refusal.status];
	const problem: ProblemJson = {
		type: `https://depin.dev/problems/${type}`,
		title,
		status: refusal.status,
		detail: refusal.message,
	};
	if (refusal.errors.length > 0) problem.errors = [...refusal.errors];
	for (const [name, value] of Object.entries(refusal.headers)) c.header(name, value);
	c.header("Content-Type", "application/problem+json");
	c.header("Cache-Control", "no-store");
	return c.body(JSON.stringify(problem), refusal.status);
}

function unforeseen(error: Error): Refusal {
	if (error instanceof HTTPException && error.status < 500) return new Refusal(400, error.message);
	console.error(error);
	return new Refusal(500, "The fault is on this side; the chain itself is not affected.");
}
