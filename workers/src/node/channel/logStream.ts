import { formatPlace, type LogLines, type Place } from "depin/channel";
import { sleep } from "../../runtime/loop.ts";
import type { JobLog, Piece } from "./logBook.ts";

/** 8 events of 32 KiB a second: more than a person or a page can follow, and less than a container can write. */
const PACE_MS = 125;
const MOST = { lines: 1_000, chars: 32 * 1024 };
const SIGN_OF_LIFE_MS = 15_000;

export type LogStreamParts = {
	log: JobLog;
	from: Place;
	sign: (piece: Piece) => Promise<LogLines>;
	/** Called once, when the reader is gone or has everything. */
	onClose: () => void;
	paceMs?: number;
	signOfLifeMs?: number;
};

/**
 * A job's log as server-sent events, from a place on. Made as it is taken: a slow reader costs its place in a log that
 * is held anyway, and nothing more.
 */
export function createLogStream(parts: LogStreamParts): ReadableStream<Uint8Array> {
	const gone = new AbortController();
	const messages = tell(parts, gone.signal);
	const encoder = new TextEncoder();
	return new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				try {
					const { value, done } = await messages.next();
					if (!done) return controller.enqueue(encoder.encode(value));
					parts.onClose();
					controller.close();
				} catch (error) {
					parts.onClose();
					if (!gone.signal.aborted) controller.error(error);
				}
			},
			cancel() {
				gone.abort();
				parts.onClose();
			},
		},
		{ highWaterMark: 0 },
	);
}

async function* tell(
	{ log, from, sign, paceMs = PACE_MS, signOfLifeMs = SIGN_OF_LIFE_MS }: LogStreamParts,
	gone: AbortSignal,
): AsyncGenerator<string> {
	let place = from;
	let toldAt = Number.NEGATIVE_INFINITY;
	yield ": depin log\n\n";
	for (;;) {
		const changed = log.changed();
		const found = log.read(place, MOST);
		if (found) {
			await sleep(Math.max(0, toldAt + paceMs - performance.now()), gone);
			toldAt = performance.now();
			const { task, from: first, lines } = found.piece;
			const id = formatPlace({ task, line: first + lines.length });
			yield `id: ${id}\nevent: lines\ndata: ${JSON.stringify(await sign(found.piece))}\n\n`;
			place = found.next;
		} else if (log.over) {
			return yield `event: end\ndata: ${JSON.stringify({ because: log.over })}\n\n`;
		} else if (!(await within(changed, signOfLifeMs, gone))) {
			yield ": still here\n\n";
		}
	}
}

/** Whether it came true in time. */
async function within(change: Promise<void>, ms: number, signal: AbortSignal): Promise<boolean> {
	const rest = new AbortController();
	const late = sleep(ms, AbortSignal.any([signal, rest.signal])).then(() => false);
	late.catch(() => {});
	try {
		return await Promise.race([change.then(() => true), late]);
	} finally {
		rest.abort();
	}
}
