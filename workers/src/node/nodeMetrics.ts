import type { EgressUse } from "depin/jobs";
import type { Metrics } from "../runtime/metrics.ts";

/** The node's numbers; none has an id or an address as label. */
export function createNodeMetrics(metrics: Metrics) {
	return {
		running: metrics.gauge("depin_node_running_jobs", "Jobs that hold capacity now"),
		open: metrics.gauge("depin_node_unsettled_jobs", "Jobs claimed and not yet settled, lost or given back"),
		decisions: metrics.counter("depin_node_decisions_total", "What was decided about jobs seen", ["decision"]),
		ended: metrics.counter("depin_node_ended_jobs_total", "Results submitted, by reason", ["reason"]),
		lost: metrics.counter("depin_node_lost_jobs_total", "Claims that ended without a result of ours"),
		cache: metrics.gauge("depin_node_cache_bytes", "Fetched and kept for the next job", ["kind"]),
		evicted: metrics.counter("depin_node_evicted_total", "Thrown away to make room", ["kind"]),
		diskRoom: metrics.gauge("depin_node_disk_room_bytes", "What outputs could take now, idle cache thrown away"),
		start: metrics.histogram(
			"depin_node_start_seconds",
			"From seeing the order to its first container running",
			[0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300],
		),
		egressBytes: metrics.counter("depin_node_egress_bytes_total", "Bytes that jobs moved over the network", [
			"direction",
		]),
		egressConnections: metrics.counter("depin_node_egress_connections_total", "Connections that jobs made"),
		egressRefused: metrics.counter("depin_node_egress_refused_total", "What jobs asked their proxies in vain", [
			"reason",
		]),
		run: metrics.histogram(
			"depin_node_run_seconds",
			"Container time of one task",
			[1, 5, 30, 60, 300, 1800, 7200, 43_200],
		),
	};
}

export type NodeMetrics = ReturnType<typeof createNodeMetrics>;

/** Of a task that has ended. */
export function countEgress(metrics: NodeMetrics, { connections, refused, bytesIn, bytesOut }: EgressUse): void {
	metrics.egressBytes.inc({ direction: "in" }, bytesIn);
	metrics.egressBytes.inc({ direction: "out" }, bytesOut);
	metrics.egressConnections.inc(connections);
	for (const [reason, times] of Object.entries(refused)) metrics.egressRefused.inc({ reason }, times);
}
