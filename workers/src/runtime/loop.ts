import { setTimeout as delay } from "node:timers/promises";
import { isAbort, isRetriable, oneLine } from "./errors.ts";
import type { Logger } from "./log.ts";

/** Waits; rejects with AbortError the moment `signal` aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
	return delay(ms, undefined, { signal });
}

/** Full jitter: anywhere between half and all of the doubled wait, so that many workers do not come back in step. */
export function backoffMs(
	failures: number,
	options: { baseMs?: number; maxMs?: number; random?: () => number } = {},
): number {
	const { baseMs = 250, maxMs = 30_000, random = Math.random } = options;
	const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(failures, 20));
	return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}

export type RepeatOptions = { name: string; everyMs: number; signal: AbortSignal; log: Logger; maxBackoffMs?: number };

/**
 * Runs `work` now and then every `everyMs` after it ended, until `signal` aborts; then resolves.
 * A retriable failure is logged and waited out with growing pauses; any other ends the loop by throwing.
 */
export async function repeat(options: RepeatOptions, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
	const { name, everyMs, signal, log, maxBackoffMs = 30_000 } = options;
	let failures = 0;
	while (!signal.aborted) {
		try {
			await work(signal);
			failures = 0;
		} catch (error) {
			if (signal.aborted) return;
			if (!isRetriable(error)) throw error;
			failures += 1;
			log.warn({ loop: name, failures, cause: oneLine(error) }, "work failed, trying again");
		}
		const pause = failures ? backoffMs(failures, { maxMs: maxBackoffMs }) : everyMs;
		await sleep(pause, signal).catch((error: unknown) => {
			if (!isAbort(error)) throw error;
		});
	}
}

/** Calls until it succeeds, the failure is not retriable, `attempts` are used up, or `signal` aborts. */
export async function retry<T>(
	work: () => Promise<T>,
	options: { signal: AbortSignal; attempts?: number; baseMs?: number; maxMs?: number },
): Promise<T> {
	const { signal, attempts = 5, ...pace } = options;
	for (let attempt = 1; ; attempt += 1) {
		signal.throwIfAborted();
		try {
			return await work();
		} catch (error) {
			if (attempt >= attempts || !isRetriable(error)) throw error;
			await sleep(backoffMs(attempt, pace), signal);
		}
	}
}
