import { canonicalJson } from "./canonicalJson.ts";

/** A check that does not hold; its message says what was found. */
export class CheckFailed extends Error {}

export function demand(holds: boolean, otherwise: string): void {
	if (!holds) throw new CheckFailed(otherwise);
}

/** Canonical JSON, so that two documents are compared and not two objects. */
export function demandSame(what: string, found: unknown, expected: unknown): void {
	const [is, shouldBe] = [canonicalJson(found), canonicalJson(expected)];
	demand(is === shouldBe, `${what} is ${cut(is)}, should be ${cut(shouldBe)}`);
}

function cut(text: string): string {
	return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
