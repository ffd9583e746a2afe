import type { Metrics } from "../runtime/metrics.ts";

export type StorageMetrics = ReturnType<typeof storageMetrics>;

export function storageMetrics(metrics: Metrics) {
	return {
		requests: metrics.counter("depin_storage_served_requests_total", "Requests by route and status", [
			"route",
			"status",
		]),
		uploadedBytes: metrics.counter("depin_storage_uploaded_bytes_total", "Bytes of verified blocks taken in"),
		freeBytes: metrics.gauge("depin_storage_free_bytes", "What the file system has left"),
	};
}
