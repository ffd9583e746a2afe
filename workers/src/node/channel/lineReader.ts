import { stripVTControlCharacters } from "node:util";
import { MAX_LINE } from "depin/channel";

const CUT = " [depin: line cut]";

/** Takes bytes as they come and tells each line once it is whole. */
export type LineReader = {
	write(bytes: Uint8Array): void;
	/** Tells what is left of a line that was never ended. */
	end(): void;
};

/**
 * Lines as people and browsers may see them: no control characters, none longer than {@link MAX_LINE}, of which no more
 * is held in memory. A carriage return ends a line too, or a progress bar would be silent until it is done.
 */
export function createLineReader(onLine: (line: string) => void): LineReader {
	const decoder = new TextDecoder();
	let rest = "";
	/** The rest of an over-long line is passed over. */
	let skipping = false;
	/** A carriage return at the end of what came: half of "\r\n", or all there is. */
	let half = "";

	function endLine(separator: string): void {
		// A bar often begins with the return that ends the line before: that is no empty line.
		if (!skipping && (rest !== "" || separator !== "\r")) onLine(clean(rest));
		rest = "";
		skipping = false;
	}

	function take(text: string): void {
		if (skipping) return;
		rest += text;
		if (rest.length <= MAX_LINE) return;
		onLine(clean(rest.slice(0, MAX_LINE).toWellFormed()) + CUT);
		rest = "";
		skipping = true;
	}

	function split(text: string): void {
		let at = 0;
		for (const { 0: separator, index } of text.matchAll(/\r\n|[\n\r]/g)) {
			take(text.slice(at, index));
			endLine(separator);
			at = index + separator.length;
		}
		take(text.slice(at));
	}

	return {
		write(bytes) {
			const text = half + decoder.decode(bytes, { stream: true });
			half = text.endsWith("\r") ? "\r" : "";
			split(half ? text.slice(0, -1) : text);
		},
		end() {
			split(half + decoder.decode());
			if (rest !== "") endLine("\n");
		},
	};
}

/** Escape sequences and controls move cursors; marks of direction make text read as something else. */
function clean(text: string): string {
	return stripVTControlCharacters(text).replace(
		// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point.
		/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
		"",
	);
}
