import type { OrderBundle } from "./bundle.ts";
import type { Needs } from "./capacity.ts";

const MIB = 2 ** 20;

/** What a job of this order takes of the machine: its tasks differ in environment only, and run one after the other. */
export function needsOf({ manifest }: OrderBundle): Needs {
	const { resources, outputs } = manifest.spec;
	return {
		cpus: resources.cpus,
		memoryMiB: resources.memoryMiB,
		gpus: resources.gpus,
		diskMiB: Math.ceil(outputs.maxBytes / MIB),
	};
}
