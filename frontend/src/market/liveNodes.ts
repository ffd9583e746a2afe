import { useQueries, useQuery } from "@tanstack/react-query";
import type { Heartbeat, IndexedNode } from "depin/indexer";
import { lastHeartbeat } from "../app/lastHeartbeat.ts";
import { useSite } from "../app/site.ts";

/** A registered node and the last thing it said of itself, when that still counts. */
export type LiveNode = { node: IndexedNode; heartbeat: Heartbeat | undefined; heard: "yes" | "no" | "asking" };

/** Nodes of a page: each is asked for by itself, so their number is bounded. */
const MOST = 100;
const AGAIN_MS = 10_000;

/** The active nodes, those heard of first. */
export function useLiveNodes() {
	const { indexer, gateway } = useSite();
	const nodes = useQuery({
		queryKey: ["indexer", "nodes"],
		queryFn: async () => (await indexer.nodes({ status: "active", limit: MOST })).items,
	});
	const live = useQueries({
		queries: (nodes.data ?? []).map(({ address }) => ({
			queryKey: ["heartbeat", address],
			queryFn: () => lastHeartbeat(gateway, address),
			refetchInterval: AGAIN_MS,
		})),
		combine: (answers) =>
			(nodes.data ?? [])
				.map((node, index): LiveNode => {
					const { data, isPending } = answers[index] ?? { data: undefined, isPending: true };
					return { node, heartbeat: data?.heartbeat, heard: isPending ? "asking" : data ? "yes" : "no" };
				})
				.sort((a, b) => Number(b.heard === "yes") - Number(a.heard === "yes") || a.node.class - b.node.class),
	});
	return { live, isPending: nodes.isPending, error: nodes.error };
}
