/** A file is not what its name says, or is larger than anybody should have to read. Says why, never where from. */
export class Unreadable extends Error {
	override readonly name = "Unreadable";
}

/** What a comparison found. `at` is a place for people to look: a JSON path, an array and its element, a pixel. */
export type Difference = { at: string; detail: string };
