import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { OperatorError } from "./errors.ts";
import type { Metrics } from "./metrics.ts";

export type Readiness = { ready: boolean; [detail: string]: unknown };

export type HttpOptions = ServeOptions & {
	metrics: Metrics;
	/** Whether the role can do its work now, and why not; `/health` only says that the process answers. */
	ready: () => Readiness | Promise<Readiness>;
	/** The role's own routes, mounted at the root. */
	routes?: Hono;
};

export type ServeOptions = {
	listen: { host: string; port: number };
	/** Whole-request limit, milliseconds; a role that takes large uploads sets its own. */
	requestTimeoutMs?: number;
	/** A peer that neither sends nor takes a byte for this long is cut off, milliseconds. */
	idleTimeoutMs?: number;
	/** More connections than this at once are dropped unheard; default: no limit of ours. */
	maxConnections?: number;
	/** Takes over requests that ask for another protocol; without it they are refused. */
	upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
};

const CLOSE_GRACE_MS = 2_000;

export type HttpService = { url: string; close(): Promise<void> };

/**
 * Serves `/health`, `/ready`, `/metrics` and the role's routes.
 * @throws {OperatorError} when the port is taken or not allowed
 */
export async function startHttp(options: HttpOptions): Promise<HttpService> {
	const { metrics, ready, routes } = options;
	const app = new Hono();
	app.get("/health", (c) => c.json({ ok: true }));
	app.get("/ready", async (c) => {
		const state = await ready();
		return c.json(state, state.ready ? 200 : 503);
	});
	app.get("/metrics", async (c) =>
		c.text(await metrics.registry.metrics(), 200, { "content-type": metrics.registry.contentType }),
	);
	if (routes) app.route("/", routes);
	return serve(app, options);
}

/**
 * Serves an app, and nothing besides it.
 * @throws {OperatorError} when the port is taken or not allowed
 */
export async function serve(app: Hono, options: ServeOptions): Promise<HttpService> {
	const { listen, requestTimeoutMs = 30_000, idleTimeoutMs = 60_000, maxConnections, upgrade } = options;
	// A peer that dribbles its headers holds a socket for ten seconds at most.
	const serverOptions = {
		requestTimeout: requestTimeoutMs,
		headersTimeout: 10_000,
		connectionsCheckingInterval: 2_000,
	};
	const server = createAdaptorServer({ fetch: app.fetch, serverOptions }) as Server;
	server.setTimeout(idleTimeoutMs);
	if (maxConnections !== undefined) server.maxConnections = maxConnections;
	if (upgrade) {
		server.on("upgrade", (request, socket, head) => {
			// An open WebSocket may be silent for long; whoever takes it over watches it.
			request.socket.setTimeout(0);
			upgrade(request, socket, head);
		});
	}
	await bind(server, listen);
	const { port } = server.address() as AddressInfo;
	const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
	return { url: `http://${host}:${port}`, close: () => close(server) };
}

function bind(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", (cause: NodeJS.ErrnoException) => reject(bindError(cause, host, port)));
		server.listen(port, host, () => resolve());
	});
}

function bindError(cause: NodeJS.ErrnoException, host: string, port: number): OperatorError {
	const reasons: Record<string, string> = {
		EADDRINUSE: `port ${port} on ${host} is taken by another process; stop that one or set listen.port`,
		EACCES: `this user may not listen on port ${port}; set listen.port to 1024 or above`,
		EADDRNOTAVAIL: `${host} is not an address of this machine; set listen.host`,
	};
	return new OperatorError(
		"listen-failed",
		reasons[cause.code ?? ""] ?? `cannot listen on ${host}:${port} (${cause.code})`,
		{
			cause,
		},
	);
}

/** Answers that are under way get a moment to finish; then every connection is cut. */
async function close(server: Server): Promise<void> {
	const closed = new Promise<void>((resolve) => {
		server.close(() => resolve());
	});
	server.closeIdleConnections();
	const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
	await closed;
	clearTimeout(cut);
}
