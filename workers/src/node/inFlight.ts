import { isAbort } from "../runtime/errors.ts";

type Begun<T> = { done: Promise<T>; means: string };

/**
 * Work that several callers want at once is done once, under the signal of the one who began it; the next call after it
 * ended does it anew. A caller whose own signal aborts stops waiting. Where the one who began gave up, another begins again:
 * a job that was cancelled must not take the image from the next. So does one who would go about it by other `means`:
 * that nothing came from one job's sources says nothing of another's.
 */
export function inFlight<T>(): (
	key: string,
	signal: AbortSignal,
	work: () => Promise<T>,
	means?: string,
) => Promise<T> {
	const running = new Map<string, Begun<T>>();
	return async (key, signal, work, means = "") => {
		for (let begun = running.get(key); begun !== undefined; begun = running.get(key)) {
			try {
				return await unlessAborted(begun.done, signal);
			} catch (error) {
				if (signal.aborted || (!isAbort(error) && begun.means === means)) throw error;
			}
		}
		const done = work().finally(() => running.delete(key));
		running.set(key, { done, means });
		return done;
	};
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
	signal.throwIfAborted();
	const gaveUp = Promise.withResolvers<never>();
	const giveUp = () => gaveUp.reject(signal.reason);
	signal.addEventListener("abort", giveUp, { once: true });
	try {
		return await Promise.race([promise, gaveUp.promise]);
	} finally {
		signal.removeEventListener("abort", giveUp);
	}
}
