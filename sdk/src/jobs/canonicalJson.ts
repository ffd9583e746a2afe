import canonicalize from "canonicalize";

/**
 * RFC 8785 JSON: one byte string for a value, whoever writes it, so that its hash can stand for it.
 *
 * @throws {TypeError} for what JSON cannot hold.
 */
export function canonicalJson(value: unknown): string {
	const text = canonicalize(value);
	if (text === undefined) throw new TypeError("the value is not JSON");
	return text;
}

/** The same as UTF-8 bytes: what is hashed, stored and signed. */
export function canonicalBytes(value: unknown): Uint8Array {
	return new TextEncoder().encode(canonicalJson(value));
}

/** No document of ours nests deeper; hostile ones would overflow the stack of whoever walks them. */
const MAX_DEPTH = 64;

/**
 * Parses JSON from a stranger.
 *
 * @throws {SyntaxError} when it is not UTF-8, not JSON, or nests too deep.
 */
export function parseJson(bytes: Uint8Array): unknown {
	let text: string;
	try {
		text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch (cause) {
		throw new SyntaxError("it is not UTF-8", { cause });
	}
	if (depthOf(text) > MAX_DEPTH) throw new SyntaxError(`it nests deeper than ${MAX_DEPTH} levels`);
	return JSON.parse(text);
}

function depthOf(json: string): number {
	let depth = 0;
	let deepest = 0;
	let quoted = false;
	for (let at = 0; at < json.length; at++) {
		const letter = json[at];
		if (quoted) {
			if (letter === "\\") at++;
			else if (letter === '"') quoted = false;
		} else if (letter === '"') quoted = true;
		else if (letter === "{" || letter === "[") deepest = Math.max(deepest, ++depth);
		else if (letter === "}" || letter === "]") depth--;
	}
	return deepest;
}
