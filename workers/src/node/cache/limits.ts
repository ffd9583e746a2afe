import type { AuditLog } from "../audit.ts";
import type { NodeConfig } from "../config.ts";
import type { NodeMetrics } from "../nodeMetrics.ts";
import type { CacheEvents, CacheLimits } from "./cache.ts";
import { diskBytes } from "./disk.ts";

const MIB = 2 ** 20;

export function cacheLimits(
	{ keepFreeMiB, cacheHighMiB, cacheLowMiB }: NodeConfig["disk"],
	stateDir: string,
): CacheLimits {
	const high = cacheHighMiB === undefined ? diskBytes(stateDir) / 2 : cacheHighMiB * MIB;
	const low = cacheLowMiB === undefined ? (high * 4) / 5 : Math.min(cacheLowMiB * MIB, high);
	return { watermarks: { high, low }, keepFree: keepFreeMiB * MIB };
}

export function cacheEvents(audit: AuditLog, metrics: NodeMetrics): CacheEvents {
	return {
		async evicting({ kind, key }) {
			// The engine's own line stands for an image.
			if (kind === "input") await audit.note("input-remove", { input: key });
		},
		evicted: ({ kind }) => metrics.evicted.inc({ kind }),
		holds(bytes) {
			for (const kind of ["image", "input"] as const) metrics.cache.set({ kind }, bytes[kind]);
		},
	};
}
