import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export type Metrics = {
	readonly registry: Registry;
	/** Counts events; the name ends in `_total`. */
	counter<L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>;
	gauge<L extends string = never>(name: string, help: string, labels?: readonly L[]): Gauge<L>;
	/** Durations or sizes in base units (seconds, bytes). */
	histogram<L extends string = never>(
		name: string,
		help: string,
		buckets: number[],
		labels?: readonly L[],
	): Histogram<L>;
};

const units = "seconds|bytes|ratio|total|info|blocks|jobs|orders|transactions|pins|requests|units";
const pattern = new RegExp(`^depin_[a-z]+(_[a-z]+)+_(${units})$`);

/** A registry of its own per process role; names are `depin_<subsystem>_<what>_<unit>[_total]`, checked when made. */
export function createMetrics(role: string): Metrics {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	const named = (name: string, help: string) => {
		if (!pattern.test(name)) throw new Error(`metric ${name} is not named depin_<subsystem>_<what>_<unit>`);
		return { name, help, registers: [registry] };
	};
	const metrics: Metrics = {
		registry,
		counter: (name, help, labels = []) => new Counter({ ...named(name, help), labelNames: labels }),
		gauge: (name, help, labels = []) => new Gauge({ ...named(name, help), labelNames: labels }),
		histogram: (name, help, buckets, labels = []) =>
			new Histogram({ ...named(name, help), buckets, labelNames: labels }),
	};
	metrics
		.gauge("depin_worker_build_info", "Which worker this is", ["role", "node"])
		.set({ role, node: process.version }, 1);
	return metrics;
}
