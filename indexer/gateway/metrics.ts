// What the gateway counts. Labels are of closed sets: nobody's address or path is one.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Head } from "./head.ts";

export type GatewayMetrics = ReturnType<typeof createMetrics>;

export function createMetrics(head: Head, counts: { liveNodes(): number; streams(): number }) {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	const registers = [registry];
	const gauge = (name: string, help: string, read: () => number) =>
		new Gauge({
			name: `depin_gateway_${name}`,
			help,
			registers,
			collect() {
				this.set(read());
			},
		});
	gauge("indexed_blocks", "Block up to which the mirror has read", () => head.status?.block ?? Number.NaN);
	gauge("lag_blocks", "Blocks between the chain's last and the mirror's", () => head.lag ?? Number.NaN);
	gauge("mirror_up", "Whether the mirror answers", () => Number(head.mirrorAnswers));
	gauge("chain_up", "Whether the chain's endpoint answers", () => Number(head.chainAnswers));
	gauge("astray", "Whether the mirror's rows are of a chain that exists no more", () => Number(head.astray));
	gauge("live_nodes", "Nodes whose last heartbeat still counts", counts.liveNodes);
	gauge("open_streams", "Live streams", counts.streams);
	return {
		registry,
		requests: new Counter({
			name: "depin_gateway_requests_total",
			help: "Requests answered",
			labelNames: ["kind", "status"] as const,
			registers,
		}),
		seconds: new Histogram({
			name: "depin_gateway_request_seconds",
			help: "From the request's head to the answer",
			labelNames: ["kind"] as const,
			buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
			registers,
		}),
	};
}

/** What a request is about, out of a closed list. */
export function kindOf(path: string): string {
	if (path === "/graphql") return "graphql";
	if (path.startsWith("/docs")) return "docs";
	if (!path.startsWith("/v1/")) return "other";
	if (path.endsWith("/heartbeat")) return "heartbeat";
	const [, , name = ""] = path.split("/");
	return KINDS.has(name) ? name : "read";
}
const KINDS = new Set([
	"status",
	"orders",
	"jobs",
	"results",
	"nodes",
	"providers",
	"classes",
	"accounts",
	"payments",
	"quote",
	"stream",
]);
