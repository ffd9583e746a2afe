// A log is a stranger's text: what could write over other lines or colour them is taken out before it is shown.

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control sequences is the point
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Longer lines would be drawn over many rows. */
const MAX_LINE = 2_000;

/** Lines of a log without control characters, sequences and marks that turn the direction of writing. */
export function linesOf(text: string): string[] {
	const lines = text.replace(ESCAPES, "").split(/\r\n|\r|\n/);
	if (lines.at(-1) === "") lines.pop();
	return lines.map((line) => line.replace(CONTROL, "").slice(0, MAX_LINE));
}
