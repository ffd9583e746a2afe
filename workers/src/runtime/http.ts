import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { OperatorError } from "./errors.ts";
import type { Metrics } from "./metrics.ts";

export type Readiness = { ready: boolean; [detail: string]: unknown };

export type HttpOptions = {
	listen: { host: string; port: number };
	metrics: Metrics;
	/** Whether the role can do its work now, and why not; `/health` only says that the process answers. */
	ready: () => Readiness | Promise<Readiness>;
	/** The role's own routes, mounted at the root. */
	routes?: Hono;
	/** Whole-request limit, milliseconds; a role that takes large uploads sets its own. */
	requestTimeoutMs?: number;
	/** A peer that neither sends nor takes a byte for this long is cut off, milliseconds. */
	idleTimeoutMs?: number;
};

const CLOSE_GRACE_MS = 2_000;

export type HttpService = { url: string; close(): Promise<void> };

/**
 * Serves `/health`, `/ready`, `/metrics` and the role's routes.
 * @throws {OperatorError} when the port is taken or not allowed
 */
export async function startHttp(options: HttpOptions): Promise<HttpService> {
	const { listen, metrics, ready, routes, requestTimeoutMs = 30_000, idleTimeoutMs = 60_000 } = options;
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
	// A peer that dribbles its headers holds a socket for ten seconds at most.
	const serverOptions = {
		requestTimeout: requestTimeoutMs,
		headersTimeout: 10_000,
		connectionsCheckingInterval: 2_000,
	};
	const server = createAdaptorServer({ fetch: app.fetch, serverOptions }) as Server;
	server.setTimeout(idleTimeoutMs);
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
