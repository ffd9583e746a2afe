import { request as ask, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { Authority } from "./authority.ts";
import type { Meter } from "./meter.ts";
import { IDLE_MS, MAX_HEAD_BYTES, refusal } from "./refuse.ts";

export type ForwardOptions = {
	address: string;
	wanted: Authority & { path: string };
	request: IncomingMessage;
	response: ServerResponse;
	meter: Meter;
	leave: () => void;
};

/** Concern one connection only, or would make of one request two. */
const HOP_BY_HOP = new Set([
	"connection",
	"keep-alive",
	"proxy-authenticate",
	"proxy-authorization",
	"proxy-connection",
	"te",
	"trailer",
	"transfer-encoding",
	"upgrade",
	"host",
]);

/**
 * Passes one request for a page on, written anew on a connection of its own, so that no byte reaches the other end which
 * was not understood here.
 */
export function forward({ address, wanted, request, response, meter, leave }: ForwardOptions): void {
	const host = wanted.port === 80 ? wanted.host : `${wanted.host}:${wanted.port}`;
	const headers = { ...endToEnd(request.headers), host, connection: "close" };
	const upstream = ask({
		host: address,
		family: 4,
		port: wanted.port,
		method: request.method,
		path: wanted.path,
		headers,
		agent: false,
		timeout: IDLE_MS,
		maxHeaderSize: MAX_HEAD_BYTES,
	});
	const over = () => {
		leave();
		upstream.destroy();
	};
	const metered = (direction: "bytesIn" | "bytesOut", bytes: number) => {
		if (meter.add(direction, bytes)) return;
		meter.refused("byte-quota");
		over();
		response.destroy();
	};
	upstream.on("socket", (socket) => socket.on("connect", () => meter.connected()));
	upstream.on("timeout", over);
	upstream.on("error", () => {
		leave();
		if (response.headersSent) return void response.destroy();
		meter.refused("connect-failed");
		const { status, text } = refusal("connect-failed");
		response.writeHead(status, { "content-type": "text/plain", connection: "close" }).end(text);
	});
	response.on("close", over);
	upstream.on("response", (answer) => {
		metered("bytesIn", sizeOf(answer.rawHeaders));
		answer.on("data", (chunk: Buffer) => metered("bytesIn", chunk.length));
		answer.on("error", () => response.destroy());
		if (response.destroyed) return;
		response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
		answer.pipe(response);
	});
	metered("bytesOut", sizeOf(request.rawHeaders) + wanted.path.length);
	request.on("data", (chunk: Buffer) => metered("bytesOut", chunk.length));
	request.pipe(upstream);
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
	const named = (headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase());
	return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !named.includes(name)));
}

const sizeOf = (rawHeaders: readonly string[]) => rawHeaders.reduce((sum, { length }) => sum + length + 2, 0);
