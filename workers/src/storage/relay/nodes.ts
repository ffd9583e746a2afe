// The nodes that are connected to this relay, and the streams that consumers have open to them.
import type { WebSocket } from "ws";
import type { Logger } from "../../runtime/log.ts";
import { MOST_FRAME_BYTES, readFrame, type ToNode, type ToRelay, toRelayFrame, WINDOW_BYTES } from "./frames.ts";

/** Streams at once: to one node, and in all. */
const MOST_STREAMS_OF_A_NODE = 64;
const MOST_STREAMS = 1_024;
/** A node may say so much a second; one that says more is hung up on. Data is held back by its window already. */
const MOST_MESSAGES_A_SECOND = 2_000;

export type Head = Extract<ToRelay, { type: "head" }>;

export type RelayedAnswer = { head: Promise<Head>; body: ReadableStream<Uint8Array>; cancel(): void };

export type RelayRequest = { path: string; authorization?: string; lastEventId?: string };

export type RelayNodes = {
	/** Takes over the connection of a node that proved its address; an older one of the same node is closed. */
	add(node: string, socket: WebSocket): void;
	/** Undefined when the node is not connected; "busy" when it, or this relay, has enough to do. */
	ask(node: string, request: RelayRequest): RelayedAnswer | "busy" | undefined;
	readonly streams: number;
	close(): void;
};

type Connection = { socket: WebSocket; streams: Map<number, RelayStream>; lastId: number };

type RelayStream = {
	head: PromiseWithResolvers<Head>;
	controller: ReadableStreamDefaultController<Uint8Array>;
	/** Bytes that the node may still send. */
	credit: number;
};

export function createRelayNodes(log: Logger): RelayNodes {
	const connections = new Map<string, Connection>();
	const encoder = new TextEncoder();
	let streams = 0;

	function send({ socket }: Connection, frame: ToNode): void {
		if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
	}

	function drop(connection: Connection, id: number): RelayStream | undefined {
		const stream = connection.streams.get(id);
		if (connection.streams.delete(id)) streams -= 1;
		return stream;
	}

	function take(connection: Connection, frame: Exclude<ToRelay, { type: "hello" }>): boolean {
		const stream = connection.streams.get(frame.id);
		if (!stream) return true; // its reader left a moment ago
		if (frame.type === "head") stream.head.resolve(frame);
		else if (frame.type === "end") drop(connection, frame.id)?.controller.close();
		else {
			const bytes = encoder.encode(frame.text);
			stream.credit -= bytes.byteLength;
			if (stream.credit < 0) return false;
			stream.controller.enqueue(bytes);
		}
		return true;
	}

	function listen(node: string, connection: Connection): void {
		const { socket } = connection;
		const rate = createRate(MOST_MESSAGES_A_SECOND);
		socket.on("message", (data) => {
			const frame = readFrame(toRelayFrame, data);
			if (frame && frame.type !== "hello" && rate() && take(connection, frame)) return;
			log.warn({ node }, "the node broke the relay's rules; its connection is closed");
			socket.terminate();
		});
		socket.on("error", () => socket.terminate());
		socket.on("close", () => {
			if (connections.get(node) === connection) connections.delete(node);
			for (const id of [...connection.streams.keys()]) {
				const stream = drop(connection, id);
				stream?.head.reject(new Error("the node's connection was lost"));
				// Without the log's own `end` its reader knows that there is more, and comes back.
				stream?.controller.close();
			}
		});
	}

	function open(connection: Connection, request: RelayRequest): RelayedAnswer {
		connection.lastId += 1;
		const id = connection.lastId;
		const head = Promise.withResolvers<Head>();
		head.promise.catch(() => {}); // nobody may be waiting for it any more
		const cancel = () => {
			if (drop(connection, id)) send(connection, { type: "close", id });
		};
		const body = new ReadableStream<Uint8Array>(
			{
				start(controller) {
					connection.streams.set(id, { head, controller, credit: 0 });
					streams += 1;
					send(connection, { type: "open", id, ...request });
				},
				pull(controller) {
					const stream = connection.streams.get(id);
					if (!stream) return;
					const bytes = (controller.desiredSize ?? 0) - stream.credit;
					if (bytes < WINDOW_BYTES / 4) return;
					stream.credit += bytes;
					send(connection, { type: "more", id, bytes });
				},
				cancel,
			},
			new ByteLengthQueuingStrategy({ highWaterMark: WINDOW_BYTES }),
		);
		return { head: head.promise, body, cancel };
	}

	return {
		add(node, socket) {
			connections.get(node)?.socket.terminate();
			const connection: Connection = { socket, streams: new Map(), lastId: 0 };
			connections.set(node, connection);
			listen(node, connection);
			send(connection, { type: "welcome" });
		},
		ask(node, request) {
			const connection = connections.get(node);
			if (!connection) return undefined;
			// A node that does not take what it is sent would fill this process's memory with our questions.
			const stuck = connection.socket.bufferedAmount > MOST_FRAME_BYTES;
			if (stuck || streams >= MOST_STREAMS || connection.streams.size >= MOST_STREAMS_OF_A_NODE) return "busy";
			return open(connection, request);
		},
		get streams() {
			return streams;
		},
		close() {
			for (const { socket } of connections.values()) socket.terminate();
		},
	};
}

/** True up to `most` times in each second. */
function createRate(most: number): () => boolean {
	let second = 0;
	let count = 0;
	return () => {
		const now = Math.floor(performance.now() / 1000);
		count = now === second ? count + 1 : 1;
		second = now;
		return count <= most;
	};
}
