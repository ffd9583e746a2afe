/** What became of the tests, over all suites. */
export interface Tally {
	passed: number;
	/** Names of the failed tests, with their file. */
	failed: string[];
	/** Names of the skipped tests, with the reason given. */
	skipped: string[];
}

export const newTally = (): Tally => ({ passed: 0, failed: [], skipped: [] });

/** Lacks that a machine without the hardware or an extra tool may have; any other skip hides something. */
const EXCUSED = /\b(GPU|Kata)\b|extra tool|not installed/i;

export function unexcused({ skipped }: Tally): string[] {
	return skipped.filter((line) => !EXCUSED.test(line));
}

/** The last line of `npm test`. */
export function summary({ passed, failed, skipped }: Tally): string {
	return `${passed} passed, ${failed.length} failed${skipped.length === 0 ? "" : `, ${skipped.length} skipped`}`;
}

/** One line of progress. */
export function line(mark: "ok" | "FAILED" | "skipped", name: string, seconds?: number, note = ""): void {
	const time = seconds === undefined ? "" : `  ${seconds.toFixed(1)} s`;
	console.log(`${mark.padEnd(8)}${name}${note === "" ? "" : `  ${note}`}${time}`);
}
