import { Exit, type ExitCode, isAbort, isForeseen, isRetriable, oneLine } from "./errors.ts";
import type { Logger } from "./log.ts";

export type Lifecycle = {
	/** Aborts on the first SIGTERM or SIGINT: take no new work. Waits for new work listen to this one. */
	readonly draining: AbortSignal;
	/** Aborts when draining took too long, or once the role has ended: every other wait listens to this one. */
	readonly signal: AbortSignal;
	/** Registers a clean-up; they run in reverse order after the role has ended, within `closeMs` in all. */
	defer(name: string, close: () => unknown): void;
	/** Starts draining from inside. */
	stop(reason: string): void;
};

export type LifecycleOptions = { log: Logger; drainMs: number; closeMs?: number };

/**
 * Runs a role to its end and says how the process should exit. Knows nothing of process or signals, so that it is
 * tested directly; `onSignals` connects the two.
 * `work` ends by itself, or after `draining`: it returns when what was in hand is finished or safely handed over.
 */
export async function runLifecycle(
	options: LifecycleOptions,
	work: (life: Lifecycle) => Promise<void>,
	connect: (stop: (reason: string) => void) => void = () => {},
): Promise<ExitCode> {
	const { log, drainMs, closeMs = 5_000 } = options;
	const draining = new AbortController();
	const all = new AbortController();
	const closers: { name: string; close: () => unknown }[] = [];
	const limit = Promise.withResolvers<"limit">();
	let timer: NodeJS.Timeout | undefined;
	const stop = (reason: string) => {
		if (draining.signal.aborted) return;
		log.info({ reason, drainMs }, "draining");
		timer = setTimeout(() => limit.resolve("limit"), drainMs);
		draining.abort(abortReason(reason));
	};
	const life: Lifecycle = {
		draining: draining.signal,
		signal: all.signal,
		defer: (name, close) => closers.push({ name, close }),
		stop,
	};
	connect(stop);
	const ended = work(life).then(
		() => Exit.done,
		(error: unknown) => exitCodeOf(error, draining.signal.aborted, log),
	);
	let code = await Promise.race([ended, limit.promise]);
	for (const controller of [draining, all]) controller.abort(abortReason("the worker is stopping"));
	if (code === "limit") {
		log.warn({ drainMs }, "work is left unfinished; it is picked up at the next start");
		code = (await within(closeMs, ended)) ?? Exit.done;
	}
	clearTimeout(timer);
	if ((await within(closeMs, closeAll(closers, log))) === undefined) log.warn("clean-up took too long and was left");
	return code;
}

function exitCodeOf(error: unknown, stopping: boolean, log: Logger): ExitCode {
	if (stopping && isAbort(error)) return Exit.done;
	if (isRetriable(error)) return fatal(log, error, Exit.tryAgain);
	return fatal(log, error, isForeseen(error) ? Exit.doNotRestart : Exit.mistake);
}

function fatal(log: Logger, error: unknown, exit: ExitCode): ExitCode {
	log.fatal({ err: error, exit }, oneLine(error));
	return exit;
}

async function closeAll(closers: { name: string; close: () => unknown }[], log: Logger): Promise<true> {
	for (const { name, close } of closers.reverse()) {
		try {
			await close();
		} catch (error) {
			log.warn({ closing: name, cause: oneLine(error) }, "clean-up failed");
		}
	}
	return true;
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<undefined>((resolve) => {
		timer = setTimeout(resolve, ms, undefined);
	});
	return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function abortReason(reason: string): DOMException {
	return new DOMException(reason, "AbortError");
}

/** First SIGTERM or SIGINT drains; a second one leaves at once, which is safe because journals are written first. */
export function onSignals(stop: (reason: string) => void): void {
	let seen = 0;
	const receive = (signal: NodeJS.Signals) => {
		seen += 1;
		if (seen > 1) process.exit(Exit.tryAgain);
		stop(signal);
	};
	process.on("SIGTERM", receive);
	process.on("SIGINT", receive);
}

/** What nobody caught ends the process at once, which is safe for the same reason: a node that stays down loses stake. */
export function onMistakes(log: Logger): void {
	process.on("uncaughtException", (error) => process.exit(fatal(log, error, Exit.mistake)));
}
