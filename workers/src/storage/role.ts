import { z } from "zod";
import { baseFields, besideConfig, listenSchema } from "../runtime/config.ts";
import { startHttp } from "../runtime/http.ts";
import type { Role } from "../runtime/role.ts";
import { storageApp } from "./app.ts";
import { openContentStore } from "./contentStore.ts";
import { createDiskSpace } from "./diskSpace.ts";
import { createRelay } from "./relay/relay.ts";
import { storageMetrics } from "./storageMetrics.ts";

const GiB = 2 ** 30;

export const storageConfig = z.strictObject({
	...baseFields,
	listen: listenSchema(8180),
	/** Blocks, pins and their index; one process at a time. */
	dir: z.string().min(1),
	// Shorter ones can be guessed over a network; none at all makes the node read-only.
	tokens: z.array(z.string().min(16, "must have at least 16 characters")).max(1000).default([]),
	maxUploadBytes: z
		.int()
		.min(1024)
		.max(1024 * GiB)
		.default(GiB),
	/** Uploads are refused when they would leave less than this on the file system. */
	reserveBytes: z.int().min(0).default(GiB),
	/** How long gc leaves alone what was stored and not pinned. */
	gcGraceSeconds: z
		.int()
		.min(0)
		.max(30 * 86_400)
		.default(3600),
});

export const storageRole: Role<typeof storageConfig> = {
	name: "storage",
	schema: storageConfig,
	async run({ config, configFile, log, metrics, life }) {
		const dir = besideConfig(configFile, config.dir);
		const store = await openContentStore({ dir, graceMs: config.gcGraceSeconds * 1000, log });
		life.defer("store", () => store.close());
		const disk = createDiskSpace(dir, config.reserveBytes);
		const measures = storageMetrics(metrics);
		const limits = { maxUploadBytes: config.maxUploadBytes, maxRoots: 1000 };
		const { tokens } = config;
		const relay = createRelay({ tokens, log });
		const routes = storageApp({ store, disk, limits, metrics: measures, tokens, log, relay: relay.routes });
		const ready = async () => {
			const { bytes } = await disk.free();
			measures.freeBytes.set(bytes);
			return { ready: bytes > config.reserveBytes, freeBytes: bytes, reserveBytes: config.reserveBytes };
		};
		const { listen } = config;
		const { upgrade } = relay;
		const http = await startHttp({ listen, metrics, ready, routes, requestTimeoutMs: 3_600_000, upgrade });
		life.defer("http", http.close);
		life.defer("relay", relay.close);
		log.info({ listening: http.url, dir }, "storage is up");
		await aborted(life.draining);
	},
};

function aborted(signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		if (signal.aborted) resolve();
		else signal.addEventListener("abort", () => resolve(), { once: true });
	});
}
