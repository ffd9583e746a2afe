import type { Deployment } from "../chain/typedData.ts";
import { DepinError } from "../errors/base.ts";
import { type ChannelAccess, encodeChannelAccess } from "./access.ts";
import { ChannelForgedError, ChannelRefusedError, ChannelUnreachableError } from "./errors.ts";
import { areFromNode, type LogLines, logEndSchema, logLinesSchema } from "./logLines.ts";
import { formatPlace, type Place, parsePlace } from "./place.ts";
import { readServerEvents, type ServerEvent } from "./serverEvents.ts";

/** How a channel is asked; the default is `fetch`. The command brings one that refuses private addresses. */
export type AskChannel = (
	url: string,
	init: { headers: Record<string, string>; signal: AbortSignal },
) => Promise<{ status: number; body: AsyncIterable<Uint8Array> }>;

export type FollowLogsParameters = {
	/** The node's channel, as its heartbeat names it. */
	url: string;
	deployment: Deployment;
	job: number;
	access: ChannelAccess;
	/** Where to begin, as an earlier event's `id`; default: at the start. */
	after?: string;
	signal: AbortSignal;
	/** Told when the connection is lost and when it is there again. */
	onState?: (state: "connected" | "reconnecting") => void;
	ask?: AskChannel;
};

export type LogEvent =
	| ({ kind: "lines"; id: string } & Omit<LogLines, "signature">)
	| { kind: "end"; because: "ended" | "stopping" };

/** A channel that does not come back within this is given up. */
const PATIENCE_MS = 60_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 4_000;

/**
 * A job's log while it is written, every line signed by its node. Reconnects and goes on where it was; ends after the
 * node said that the job is over for it.
 *
 * @throws {ChannelRefusedError} the node does not show it to this account
 * @throws {ChannelForgedError} lines that the node did not sign
 * @throws {ChannelUnreachableError} nothing answered for a minute
 * @example
 * for await (const event of followLogs({ url, deployment, job: 0, access, signal })) {
 *   if (event.kind === "lines") for (const line of event.lines) console.log(line);
 * }
 */
export async function* followLogs(parameters: FollowLogsParameters): AsyncGenerator<LogEvent> {
	const { signal, url, onState, after } = parameters;
	let place = after === undefined ? undefined : parsePlace(after);
	let lostSince: number | undefined;
	let pause = FIRST_PAUSE_MS;
	for (;;) {
		try {
			for await (const event of connect(parameters, place, () => onState?.("connected"))) {
				lostSince = undefined;
				pause = FIRST_PAUSE_MS;
				if (event.kind === "lines") place = { task: event.task, line: event.from + event.lines.length };
				else if (event.because === "stopping") break;
				yield event;
				if (event.kind === "end") return;
			}
		} catch (error) {
			signal.throwIfAborted();
			if (error instanceof DepinError && !error.retriable) throw error;
			lostSince ??= performance.now();
			if (performance.now() - lostSince > PATIENCE_MS) throw new ChannelUnreachableError(url, error);
		}
		onState?.("reconnecting");
		await wait(pause, signal);
		pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
	}
}

async function* connect(
	{ url: base, deployment, job, access, signal, ask = askWithFetch }: FollowLogsParameters,
	place: Place | undefined,
	onConnected: () => void,
): AsyncGenerator<LogEvent> {
	const url = `${base.replace(/\/+$/, "")}/v1/jobs/${access.orderId}/${job}/logs`;
	const headers = {
		authorization: encodeChannelAccess(access),
		...(place && { "last-event-id": formatPlace(place) }),
	};
	const { status, body } = await ask(url, { headers, signal });
	if (status !== 200) throw await refusalOf(url, status, body);
	onConnected();
	let next = place;
	for await (const event of readServerEvents(body)) {
		const read = readEvent(url, event);
		if (read.kind === "end") return yield read;
		const { signature, ...lines } = read;
		if (!(await areFromNode(deployment, access.node, { orderId: access.orderId, job }, { ...lines, signature })))
			throw new ChannelForgedError(url, "lines that the node did not sign");
		// Signed lines may still be shown twice or out of order by a relay; the node itself never goes back.
		if (next && (lines.task < next.task || (lines.task === next.task && lines.from < next.line))) continue;
		next = { task: lines.task, line: lines.from + lines.lines.length };
		yield { ...lines, id: formatPlace(next) };
	}
	// Without an `end` the connection was lost.
	throw new ChannelUnreachableError(url);
}

type ReadEvent = ({ kind: "lines" } & LogLines) | { kind: "end"; because: "ended" | "stopping" };

function readEvent(url: string, { event, data }: ServerEvent): ReadEvent {
	const json = jsonIn(data);
	if (event === "lines") {
		const lines = logLinesSchema.safeParse(json).data;
		if (lines) return { kind: "lines", ...lines };
	} else if (event === "end") {
		const end = logEndSchema.safeParse(json).data;
		if (end) return { kind: "end", ...end };
	}
	throw new ChannelForgedError(url, "something that is no part of a log");
}

function jsonIn(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Statuses that say "come back": too many readers, no such node at the relay just now, just started. */
const COME_BACK = [429, 502, 503, 504];

async function refusalOf(url: string, status: number, body: AsyncIterable<Uint8Array>): Promise<DepinError> {
	if (COME_BACK.includes(status)) return new ChannelUnreachableError(url, new Error(`it answered ${status}`));
	const decoder = new TextDecoder();
	let text = "";
	for await (const chunk of body) if (text.length < 4_096) text += decoder.decode(chunk, { stream: true });
	const { title, detail } = problemIn(text);
	return new ChannelRefusedError(url, status, title ?? `status ${status}`, detail);
}

/** Cut: strangers wrote it. */
function problemIn(text: string): { title?: string | undefined; detail?: string | undefined } {
	const problem = jsonIn(text);
	const of = (name: string) => {
		const value = typeof problem === "object" && problem !== null ? Reflect.get(problem, name) : undefined;
		return typeof value === "string" ? value.slice(0, 500) : undefined;
	};
	return { title: of("title"), detail: of("detail") };
}

const askWithFetch: AskChannel = async (url, init) => {
	const response = await fetch(url, { ...init, cache: "no-store" }).catch((cause: unknown) => {
		init.signal.throwIfAborted();
		throw new ChannelUnreachableError(url, cause);
	});
	return { status: response.status, body: chunksOf(response.body) };
};

/** Streams are not iterable in every browser. */
async function* chunksOf(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
	const reader = stream?.getReader();
	if (!reader) return;
	try {
		for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
	} finally {
		await reader.cancel().catch(() => {});
	}
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		const stop = () => {
			clearTimeout(timer);
			reject(signal.reason);
		};
		const timer = setTimeout(() => {
			signal.removeEventListener("abort", stop);
			resolve();
		}, ms);
		if (signal.aborted) stop();
		else signal.addEventListener("abort", stop, { once: true });
	});
}
