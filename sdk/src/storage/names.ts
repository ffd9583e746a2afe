import { utf8Length } from "./bytes.ts";

const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 1024;

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Why a name cannot stand in a directory that crosses machines, or undefined when it can. Names come from strangers'
 * containers and go to file systems and terminals, so anything that could leave its folder or write on a screen is out.
 */
export function refuseName(name: string): string | undefined {
	if (name === "" || name === "." || name === "..") return "it is not a file name";
	if (/[/\\]/.test(name)) return "the name contains a slash or backslash";
	if (CONTROL.test(name)) return "the name contains a control character";
	if (name.includes("\uFFFD")) return "the name is not valid UTF-8";
	if (name !== name.normalize("NFC")) return "the name is not in Unicode form NFC, so it may not be found again";
	if (utf8Length(name) > MAX_NAME_BYTES) return `the name is longer than ${MAX_NAME_BYTES} bytes`;
	return undefined;
}

/** Why a relative path cannot be used: one of its names is refused, or it is too long or too deep. */
export function refusePath(path: string, maxDepth: number): string | undefined {
	if (utf8Length(path) > MAX_PATH_BYTES) return `the path is longer than ${MAX_PATH_BYTES} bytes`;
	const names = path.split("/");
	if (names.length > maxDepth) return `it lies deeper than ${maxDepth} folders`;
	for (const name of names) {
		const reason = refuseName(name);
		if (reason !== undefined) return reason;
	}
	return undefined;
}
