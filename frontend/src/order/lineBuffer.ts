/** How often a log that grows is drawn anew, milliseconds. */
const DRAW_MS = 100;
/** A page keeps this many of the last lines. */
const MOST = 200_000;

export type LineBuffer = { add(lines: readonly string[]): void; flush(): void };

/** Gathers lines and hands them on together, ten times a second at most, however fast they come. */
export function createLineBuffer(draw: (lines: readonly string[]) => void): LineBuffer {
	let all: string[] = [];
	let timer: ReturnType<typeof setTimeout> | undefined;
	function flush(): void {
		clearTimeout(timer);
		timer = undefined;
		// A new array: whoever draws compares by identity.
		all = all.slice(-MOST);
		draw(all);
	}
	return {
		add(lines) {
			all.push(...lines);
			timer ??= setTimeout(flush, DRAW_MS);
		},
		flush,
	};
}
