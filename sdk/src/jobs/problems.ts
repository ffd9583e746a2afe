import { z } from "zod";

/** One thing wrong with a document: the field as people write it (`inputs[0].cid`), and what is allowed there. */
export type FieldProblem = { field: string; problem: string };

/** An object that takes no unknown fields and names the known ones when it meets another. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
	const known = Object.keys(shape).join(", ");
	return z.strictObject(shape, {
		error: (issue) =>
			issue.code === "unrecognized_keys"
				? `has the unknown ${issue.keys?.length === 1 ? "field" : "fields"} ${quoted(issue.keys)}; known are ${known}`
				: mustBe(issue.input, `a map of ${known}`),
	});
}

/** Error texts of a schema: what the field must be, whether it is missing or wrong. */
export function must(be: string): { error: (issue: { input?: unknown }) => string } {
	return { error: (issue) => mustBe(issue.input, be) };
}

function mustBe(input: unknown, be: string): string {
	return `${input === undefined ? "is missing; it" : "of this value"} must be ${be}`.replace(/^of this value /, "");
}

function quoted(keys: readonly string[] | undefined): string {
	return (keys ?? []).map((key) => JSON.stringify(key)).join(", ");
}

/** zod's issues as problems, in the order of the document. */
export function problemsOf(error: z.ZodError): FieldProblem[] {
	return error.issues.map((issue) => ({ field: fieldOf(issue.path), problem: issue.message }));
}

function fieldOf(path: readonly PropertyKey[]): string {
	return path
		.map((part, index) => {
			if (typeof part === "number") return `[${part}]`;
			const name = String(part);
			if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return `[${JSON.stringify(name)}]`;
			return index === 0 ? name : `.${name}`;
		})
		.join("");
}
