import type { EgressRefusal, EgressUse } from "depin/jobs";

export type Meter = {
	/** False when the quota is spent; the bytes are counted all the same. */
	add(direction: "bytesIn" | "bytesOut", bytes: number): boolean;
	readonly spent: boolean;
	connected(): void;
	refused(reason: EgressRefusal): void;
	/** So far. */
	use(): Omit<EgressUse, "complete">;
};

/** Counts what a job moved and was refused. */
export function createMeter(maxBytes: number): Meter {
	const use = { connections: 0, bytesIn: 0, bytesOut: 0 };
	const refused: Partial<Record<EgressRefusal, number>> = {};
	const isSpent = () => use.bytesIn + use.bytesOut >= maxBytes;
	return {
		add(direction, bytes) {
			use[direction] += bytes;
			return use.bytesIn + use.bytesOut <= maxBytes;
		},
		get spent() {
			return isSpent();
		},
		connected() {
			use.connections += 1;
		},
		refused(reason) {
			refused[reason] = (refused[reason] ?? 0) + 1;
		},
		use: () => ({ ...use, refused: { ...refused } }),
	};
}

/** A bucket that holds two seconds' worth and is refilled all the time. `take` is false when it is empty. */
export function createRate(perSecond: number, nowMs: () => number): { take(): boolean } {
	let tokens = 2 * perSecond;
	let at = nowMs();
	return {
		take() {
			const now = nowMs();
			tokens = Math.min(2 * perSecond, tokens + ((now - at) / 1000) * perSecond);
			at = now;
			if (tokens < 1) return false;
			tokens -= 1;
			return true;
		},
	};
}
