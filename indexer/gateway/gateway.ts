// The gateway as a whole: what it watches, what it serves, and how it ends.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";
import { Refusal } from "../http/refusal.ts";
import { createApp } from "./app.ts";
import { createCache } from "./cache.ts";
import type { GatewayConfig } from "./config.ts";
import { createFeed } from "./feed.ts";
import { createHead } from "./head.ts";
import { heartbeatRoutes } from "./heartbeatRoutes.ts";
import { openHeartbeats } from "./heartbeats.ts";
import { createMetrics } from "./metrics.ts";
import { createMirror } from "./mirror.ts";
import { passThrough } from "./passThrough.ts";
import { quoteRoutes } from "./quoteRoutes.ts";
import { referenceRoutes } from "./referenceRoutes.ts";
import { createRegistry } from "./registry.ts";
import { createStreams } from "./streamRoute.ts";
import { whileAstray } from "./whileAstray.ts";

export type Gateway = { url: string; close(): Promise<void> };

const CHAIN_EVERY_MS = 1_000;
const HEARTBEATS_EVERY_MS = 1_000;
const CLOSE_GRACE_MS = 2_000;
/** A peer that neither sends nor takes a byte for so long is cut off. Longer than the silence between two signs of life. */
const IDLE_MS = 60_000;

/** Starts it; resolves when it listens, whether or not the mirror is there yet. */
export async function startGateway(config: GatewayConfig): Promise<Gateway> {
	const ending = new AbortController();
	const mirror = createMirror(config.mirror.url);
	const head = createHead({ mirror, rpcUrl: config.chain.rpcUrl, readyWithin: config.readyWithin });
	const cache = createCache();
	const heartbeats = await openHeartbeats(config.database);
	const registry = createRegistry(mirror);
	const feed = createFeed({ mirror, head });
	const streams = createStreams({ feed, head, mirror, limits: config.limits });
	const metrics = createMetrics(head, {
		liveNodes: () => heartbeats.live(Date.now()).length,
		streams: () => streams.size,
	});
	const app = createApp({
		config,
		head,
		metrics,
		routes: [
			referenceRoutes(),
			whileAstray(head),
			heartbeatRoutes({ heartbeats, head, mirror }),
			quoteRoutes({ heartbeats, head, registry, rpcUrl: config.chain.rpcUrl }),
			streams.routes,
			passThrough(mirror, cache),
		],
	});

	const { requestMs } = config.limits;
	const serverOptions = {
		requestTimeout: requestMs,
		headersTimeout: Math.min(requestMs, 10_000),
		connectionsCheckingInterval: Math.min(requestMs, 1_000),
		maxHeaderSize: 16 * 1024,
	};
	const server = createAdaptorServer({ fetch: app.fetch as never, serverOptions }) as Server;
	server.setTimeout(IDLE_MS);
	await listen(server, config.listen);
	const loops = [
		every(CHAIN_EVERY_MS, ending.signal, () => head.lookAtChain()),
		// While the store is away, what was heard before counts until it expires.
		every(HEARTBEATS_EVERY_MS, ending.signal, () =>
			heartbeats.refresh().catch((error: unknown) => console.error(error)),
		),
		every(config.mirror.pollMs, ending.signal, async () => {
			const before = head.status;
			await head.look();
			if (before?.block !== head.status?.block || before?.time !== head.status?.time) cache.clear();
			await feed.poll().catch((error: unknown) => {
				// The mirror is away or busy: the next look asks again.
				if (!(error instanceof Refusal)) throw error;
			});
		}),
	];
	const { port } = server.address() as AddressInfo;
	const host = config.listen.host.includes(":") ? `[${config.listen.host}]` : config.listen.host;
	return {
		url: `http://${host}:${port}`,
		async close() {
			ending.abort();
			streams.close();
			await Promise.all([...loops, stop(server)]);
			await heartbeats.close();
		},
	};
}

/** Again and again, a pause in between, until the signal. What `work` throws is a defect and ends the process. */
async function every(ms: number, signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
	while (!signal.aborted) {
		await work();
		await pause(ms, undefined, { signal }).catch(() => {});
	}
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
	return new Promise((settle, reject) => {
		server.once("error", reject);
		server.listen(port, host, () => {
			server.off("error", reject);
			settle();
		});
	});
}

/** Answers that are under way get a moment to finish; then every connection is cut. */
async function stop(server: Server): Promise<void> {
	const closed = new Promise<void>((settle) => server.close(() => settle()));
	server.closeIdleConnections();
	const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
	await closed;
	clearTimeout(cut);
}
