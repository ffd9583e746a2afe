import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { EgressRefusal } from "depin/jobs";
import { type Authority, isNamedBy, parseAbsoluteForm, parseAuthority } from "./authority.ts";
import { forward } from "./forward.ts";
import type { Gate, Passage } from "./gate.ts";
import type { Meter } from "./meter.ts";
import { IDLE_MS, MAX_HEAD_BYTES, refusal, refuseSocket } from "./refuse.ts";
import { tunnel } from "./tunnel.ts";

const HEAD_MS = 10_000;

export type ProxyOptions = {
	gate: Gate;
	meter: Meter;
	/** Connections to the proxy itself; more are closed as they come. */
	connections: number;
	/** Who may connect at all. */
	isJob: (address: string) => boolean;
};

/** An HTTP proxy for one job: CONNECT, and plain `http://`, nothing else. */
export function createProxy({ gate, meter, connections, isJob }: ProxyOptions): Server {
	const server = createServer({
		maxHeaderSize: MAX_HEAD_BYTES,
		headersTimeout: HEAD_MS,
		requestTimeout: 0, // an upload may be long; one that stands still is idle
		keepAliveTimeout: 5_000,
		connectionsCheckingInterval: 1_000,
	});
	const refuse = (socket: Duplex, reason: EgressRefusal) => {
		meter.refused(reason);
		refuseSocket(socket, reason);
	};
	server.maxConnections = connections;
	server.on("drop", () => meter.refused("too-many-connections"));
	server.on("connection", (socket) => {
		socket.on("error", () => {}); // a job that goes away is no event
		socket.setTimeout(IDLE_MS, () => socket.destroy());
		if (!isJob(socket.remoteAddress ?? "")) socket.destroy();
	});
	server.on("clientError", (_, socket) => refuse(socket, "malformed"));
	server.on("upgrade", (_, socket: Duplex) => refuse(socket, "malformed"));
	server.on("connect", (request, socket: Duplex, head: Buffer) => {
		onConnect(request, socket, head).catch(() => socket.destroy());
	});
	server.on("request", (request, response) => {
		onRequest(request, response).catch(() => response.destroy());
	});

	async function onConnect(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
		const wanted = parseAuthority(request.url ?? "");
		if (!wanted) return refuse(socket, "malformed");
		const passage = await passageOf(wanted, request);
		if ("refused" in passage) return refuse(socket, passage.refused);
		tunnel({ ...passage, wanted, socket, head, meter });
	}

	async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const wanted = parseAbsoluteForm(request.url ?? "");
		if (!wanted) return answer(response, "malformed");
		const passage = await passageOf(wanted, request);
		if ("refused" in passage) return answer(response, passage.refused);
		forward({ ...passage, wanted, request, response, meter });
	}

	function answer(response: ServerResponse, reason: EgressRefusal): void {
		meter.refused(reason);
		const { status, text } = refusal(reason);
		response.writeHead(status, { "content-type": "text/plain", connection: "close" }).end(text);
	}

	async function passageOf(wanted: Authority, { headers }: IncomingMessage): Promise<Passage> {
		// Two names for one request: whoever judges by one must not be sent to the other.
		return isNamedBy(wanted, headers.host) ? gate(wanted) : { refused: "host-mismatch" };
	}
	return server;
}
