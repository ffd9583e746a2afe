import { arch, release, totalmem } from "node:os";
import { cpu, graphics } from "systeminformation";

export type Hardware = {
	architecture: string;
	kernel: string;
	cpu: string;
	cpus: number;
	memoryMiB: number;
	gpus: { model: string; memoryMiB: number }[];
};

/**
 * What runs the jobs, as far as a reader of a statement may care; nothing that names the machine. Asked once at start:
 * looking for cards takes seconds where a driver is slow, and is left out where none is lent.
 */
export async function hardware(gpus: number): Promise<Hardware> {
	const [{ manufacturer, brand, cores }, cards] = await Promise.all([cpu(), gpus > 0 ? graphics() : undefined]);
	return {
		architecture: arch(),
		kernel: release(),
		cpu: `${manufacturer} ${brand}`.trim() || "unknown",
		cpus: cores,
		memoryMiB: Math.floor(totalmem() / 2 ** 20),
		gpus: (cards?.controllers ?? [])
			.filter(({ vendor }) => /nvidia/i.test(vendor))
			.slice(0, gpus)
			.map(({ model, memoryTotal, vram }) => ({ model, memoryMiB: memoryTotal ?? vram ?? 0 })),
	};
}
