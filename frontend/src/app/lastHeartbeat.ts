import { IndexerProblemError } from "depin";
import type { ShownHeartbeat } from "depin/indexer";
import type { Site } from "./site.ts";

/** What a node last said of itself; null when that is too long ago to count. */
export async function lastHeartbeat(gateway: Site["gateway"], address: string): Promise<ShownHeartbeat | null> {
	try {
		return await gateway.heartbeat(address);
	} catch (error) {
		if (error instanceof IndexerProblemError && error.status === 404) return null;
		throw error;
	}
}
