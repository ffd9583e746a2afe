import { setTimeout as sleep } from "node:timers/promises";

/** Waits for a condition; the limit only turns a hang into a failure with a name. */
export async function until<T>(
	what: string,
	look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
	const deadline = Date.now() + 60_000;
	for (;;) {
		const found = await look();
		if (found !== undefined && found !== false) return found;
		if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
		await sleep(20);
	}
}
