import type { Needs } from "depin/jobs";

export type Capacity = Needs & { slots: number };

export type Lease = { gpuUuids: string[] };

/** Who holds how much of the machine. Reserving is the only way to get GPUs, so no card is ever lent twice. */
export class CapacityLedger {
	readonly total: Capacity;
	readonly #freeGpus: string[];
	readonly #held = new Map<string, Needs & Lease>();

	/** `gpuUuids`: the cards lent out; their number replaces `total.gpus`. */
	constructor(total: Capacity, gpuUuids: string[]) {
		this.total = { ...total, gpus: gpuUuids.length };
		this.#freeGpus = [...gpuUuids];
	}

	/** What could be reserved now. */
	free(): Capacity {
		const free = { ...this.total };
		for (const held of this.#held.values()) {
			free.slots -= 1;
			free.cpus -= held.cpus;
			free.memoryMiB -= held.memoryMiB;
			free.gpus -= held.gpus;
			free.diskMiB -= held.diskMiB;
		}
		return free;
	}

	get running(): number {
		return this.#held.size;
	}

	/** Holds capacity for `key` until released; undefined when it does not fit. Reserving twice returns the first lease. */
	reserve(key: string, needs: Needs): Lease | undefined {
		const held = this.#held.get(key);
		if (held) return held;
		if (!fits(needs, this.free())) return undefined;
		const lease = { ...needs, gpuUuids: this.#freeGpus.splice(0, needs.gpus) };
		this.#held.set(key, lease);
		return lease;
	}

	release(key: string): void {
		const held = this.#held.get(key);
		if (!held) return;
		this.#held.delete(key);
		this.#freeGpus.push(...held.gpuUuids);
	}
}

export function fits(needs: Needs, within: Capacity): boolean {
	return (
		within.slots >= 1 &&
		needs.cpus <= within.cpus + 1e-9 &&
		needs.memoryMiB <= within.memoryMiB &&
		needs.gpus <= within.gpus &&
		needs.diskMiB <= within.diskMiB
	);
}
