import type { JobSpec } from "./spec.ts";

const MIB = 2 ** 20;

/** What one job takes of a node's machine while it runs. */
export type Needs = { cpus: number; memoryMiB: number; gpus: number; diskMiB: number };

/** The most that the proxy of a job with a network takes: its connections, and what is on its way on them. */
export const EGRESS_PROXY = { cpus: 0.5, memoryMiB: 192 };

/** A job's own container, and its proxy where it has one. Memory disks and shared memory count towards its memory. */
export function needsOf({ resources, outputs, network }: Pick<JobSpec, "resources" | "outputs" | "network">): Needs {
	const proxy = network === "none" ? { cpus: 0, memoryMiB: 0 } : EGRESS_PROXY;
	return {
		cpus: resources.cpus + proxy.cpus,
		memoryMiB: resources.memoryMiB + proxy.memoryMiB,
		gpus: resources.gpus,
		diskMiB: Math.ceil(outputs.maxBytes / MIB),
	};
}
