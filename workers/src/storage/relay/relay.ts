import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Hono } from "hono";
import { type Hex, recoverMessageAddress } from "viem";
import { type WebSocket, WebSocketServer } from "ws";
import type { Logger } from "../../runtime/log.ts";
import { bearsToken } from "../auth.ts";
import { helloText, MOST_FRAME_BYTES, readFrame, type ToNode, toRelayFrame } from "./frames.ts";
import { createRelayNodes } from "./nodes.ts";
import { relayRoutes } from "./routes.ts";

/** Connections that have not said who they are, at once, and how long each of them may take. */
const MOST_STRANGERS = 32;
const HELLO_MS = 10_000;
const MOST_NODES = 1_000;
const PING_MS = 20_000;

/** Lets nodes that nobody can dial be reached through a WebSocket that they opened themselves. */
export type Relay = {
	/** For consumers. */
	routes: Hono;
	/** For nodes: `GET /v1/relay` with one of the storage's tokens, upgraded. */
	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
	close(): void;
};

export function createRelay({ tokens, log }: { tokens: readonly string[]; log: Logger }): Relay {
	const server = new WebSocketServer({ noServer: true, maxPayload: MOST_FRAME_BYTES, perMessageDeflate: false });
	const nodes = createRelayNodes(log);
	const knows = bearsToken(tokens);
	let strangers = 0;

	async function welcome(socket: WebSocket): Promise<void> {
		strangers += 1;
		const challenge = randomBytes(32).toString("hex");
		const hello = new Promise<unknown>((resolve, reject) => {
			socket.once("message", resolve);
			socket.once("close", () => reject(new Error("it hung up")));
			setTimeout(() => reject(new Error("it said nothing")), HELLO_MS).unref();
		});
		try {
			socket.send(JSON.stringify({ type: "challenge", challenge } satisfies ToNode));
			const frame = readFrame(toRelayFrame, await hello);
			if (frame?.type !== "hello") throw new Error("it did not say who it is");
			const signature = frame.signature as Hex;
			const signer = await recoverMessageAddress({ message: helloText(challenge), signature });
			if (signer.toLowerCase() !== frame.node) throw new Error(`it is not ${frame.node}`);
			nodes.add(frame.node, socket);
			log.info({ node: frame.node }, "a node is reached through this relay");
		} catch (error) {
			log.info({ cause: String(error) }, "a connection to the relay was refused");
			socket.terminate();
		} finally {
			strangers -= 1;
		}
	}

	return {
		routes: relayRoutes(nodes),
		upgrade(request, socket, head) {
			const refusal = whyNot(request, knows, strangers >= MOST_STRANGERS || server.clients.size >= MOST_NODES);
			if (refusal) return void socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
			server.handleUpgrade(request, socket, head, (accepted) => {
				accepted.on("error", () => accepted.terminate());
				watch(accepted);
				welcome(accepted);
			});
		},
		close() {
			nodes.close();
			for (const client of server.clients) client.terminate();
			server.close();
		},
	};
}

function whyNot(request: IncomingMessage, knows: (header: string) => boolean, full: boolean): string | undefined {
	if (request.url !== "/v1/relay") return "404 Not Found";
	if (!knows(request.headers.authorization ?? "")) return "401 Unauthorized";
	return full ? "503 Service Unavailable" : undefined;
}

/** A connection whose other end is gone without a word is found out by a ping. */
function watch(socket: WebSocket): void {
	let answered = true;
	socket.on("pong", () => (answered = true));
	const timer = setInterval(() => {
		if (!answered) return socket.terminate();
		answered = false;
		socket.ping();
	}, PING_MS);
	timer.unref();
	socket.once("close", () => clearInterval(timer));
}
