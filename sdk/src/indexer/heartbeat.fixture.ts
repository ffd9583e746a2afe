import type { Heartbeat } from "./heartbeat.ts";

/** What an idle machine of 8 processors says, changed as told. */
export function heartbeat(change: Partial<Heartbeat> = {}): Omit<Heartbeat, "node"> {
	const total = { slots: 4, cpus: 8, memoryMiB: 16_384, gpus: 0, diskMiB: 100_000 };
	return {
		version: 1,
		sentAt: Date.now(),
		class: 1,
		draining: false,
		tiers: ["container"],
		total,
		free: total,
		price: { min: "0", minPerSecond: "0" },
		warm: { images: [], contents: [] },
		...change,
	};
}
