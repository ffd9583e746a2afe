import type { Hono } from "hono";
import type { LocalAccount } from "viem";
import { WebSocket } from "ws";
import { OperatorError, oneLine, UnavailableError } from "../../runtime/errors.ts";
import type { Logger } from "../../runtime/log.ts";
import { repeat } from "../../runtime/loop.ts";
import {
	helloText,
	MOST_FRAME_BYTES,
	readFrame,
	type ToNode,
	type ToRelay,
	toNodeFrame,
	WINDOW_BYTES,
} from "../../storage/relay/frames.ts";

/** A relay pings every 20 s; one that does not is gone. */
const SILENCE_MS = 60_000;
/** More streams than a relay may open are no business of ours. */
const MOST_STREAMS = 64;

export type RelayLink = {
	/** The storage node whose relay it is, and its token. */
	relay: { url: string; token: string };
	account: LocalAccount;
	/** The channel's routes: a relay asks what anybody may ask, and gets the same answers. */
	app: Hono;
	log: Logger;
	signal: AbortSignal;
};

/** Where a node is reached through a relay. */
export const relayedUrl = (relay: string, node: string): string =>
	`${relay.replace(/\/+$/, "")}/v1/relay/${node.toLowerCase()}`;

/** Holds a connection to the relay, and makes it again, until `signal` aborts. */
export async function keepRelayed(link: RelayLink): Promise<void> {
	const { signal, log } = link;
	await repeat({ name: "relay", everyMs: 1_000, signal, log }, () => connectOnce(link));
}

/** Resolves when a connection that stood was lost. */
async function connectOnce({ relay, account, app, log, signal }: RelayLink): Promise<void> {
	const url = new URL("/v1/relay", relay.url.replace(/^http/, "ws"));
	const socket = new WebSocket(url, {
		headers: { authorization: `Bearer ${relay.token}` },
		maxPayload: MOST_FRAME_BYTES,
		perMessageDeflate: false,
		handshakeTimeout: 10_000,
	});
	const lost = Promise.withResolvers<void>();
	const stop = () => socket.terminate();
	signal.addEventListener("abort", stop, { once: true });
	const silence = setTimeout(stop, SILENCE_MS);
	let welcomed = false;
	let cause: unknown;
	const send = (frame: ToRelay) => {
		if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
	};
	const streams = createStreams(app, send);
	socket.on("ping", () => silence.refresh());
	socket.on("message", (data) => {
		silence.refresh();
		const frame = readFrame(toNodeFrame, data);
		if (!frame) return stop();
		if (frame.type === "challenge") void sayHello(account, frame.challenge).then(send);
		else if (frame.type !== "welcome") streams.take(frame);
		else {
			welcomed = true;
			log.info({ relay: url.host }, "reached through a relay");
		}
	});
	socket.on("unexpected-response", (_, { statusCode }) => {
		cause = statusCode === 401 ? refused(url) : new Error(`it answered ${statusCode}`);
		stop();
	});
	socket.on("error", (error) => (cause ??= error));
	socket.on("close", () => lost.resolve());
	await lost.promise;
	clearTimeout(silence);
	signal.removeEventListener("abort", stop);
	streams.close();
	if (cause instanceof OperatorError) throw cause;
	if (!welcomed && !signal.aborted)
		throw new UnavailableError(
			"relay-unreachable",
			`the relay ${url.host} does not take this node: ${oneLine(cause)}`,
			{ cause },
		);
}

function refused(url: URL): OperatorError {
	return new OperatorError(
		"relay-refused",
		`the relay ${url.host} does not know the token; correct channel.relay.token`,
	);
}

async function sayHello(account: LocalAccount, challenge: string): Promise<ToRelay> {
	const signature = await account.signMessage({ message: helloText(challenge) });
	return { type: "hello", node: account.address.toLowerCase(), signature };
}

type StreamFrame = Extract<ToNode, { type: "open" | "more" | "close" }>;

/** What the relay has open; each sends no more than the relay granted. */
function createStreams(app: Hono, send: (frame: ToRelay) => void) {
	type Stream = { closed: AbortController; credit: number; granted: PromiseWithResolvers<void> };
	const streams = new Map<number, Stream>();

	async function answer({ id, path, authorization, lastEventId }: Extract<ToNode, { type: "open" }>, stream: Stream) {
		const headers = { ...(authorization && { authorization }), ...(lastEventId && { "last-event-id": lastEventId }) };
		const response = await app.request(path, { headers });
		const contentType = response.headers.get("content-type")?.startsWith("text/event-stream")
			? "text/event-stream"
			: "application/problem+json";
		const retryAfter = response.headers.get("retry-after");
		send({ type: "head", id, status: response.status, contentType, ...(retryAfter !== null && { retryAfter }) });
		const reader = response.body?.getReader();
		stream.closed.signal.addEventListener("abort", () => void reader?.cancel(), { once: true });
		if (stream.closed.signal.aborted) return void (await reader?.cancel());
		const decoder = new TextDecoder();
		for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
			const { byteLength } = read.value;
			while (stream.credit < Math.min(byteLength, WINDOW_BYTES) && !stream.closed.signal.aborted)
				await stream.granted.promise;
			if (stream.closed.signal.aborted) return;
			stream.credit -= byteLength;
			send({ type: "data", id, text: decoder.decode(read.value, { stream: true }) });
		}
	}

	function open(frame: Extract<ToNode, { type: "open" }>): void {
		if (streams.size >= MOST_STREAMS) {
			send({ type: "end", id: frame.id });
			return;
		}
		const stream: Stream = { closed: new AbortController(), credit: 0, granted: Promise.withResolvers() };
		streams.set(frame.id, stream);
		answer(frame, stream)
			.catch(() => {}) // the reader or the relay left
			.finally(() => {
				if (streams.delete(frame.id)) send({ type: "end", id: frame.id });
			});
	}

	function close(id: number): void {
		const stream = streams.get(id);
		streams.delete(id);
		stream?.closed.abort();
		stream?.granted.resolve();
	}

	return {
		take(frame: StreamFrame) {
			if (frame.type === "open") return open(frame);
			if (frame.type === "close") return close(frame.id);
			const stream = streams.get(frame.id);
			if (!stream) return;
			stream.credit += frame.bytes;
			stream.granted.resolve();
			stream.granted = Promise.withResolvers();
		},
		close() {
			for (const id of [...streams.keys()]) close(id);
		},
	};
}
