import { useQuery } from "@tanstack/react-query";
import { isTerminal } from "depin";
import { getOrderStory } from "depin/actions";
import { useEffect, useRef, useState } from "react";
import type { Hex } from "viem";
import { useSite } from "../app/site.ts";
import { useMarket } from "../chain/market.ts";
import { type OrderView, viewOfRows, viewOfStory } from "./orderView.ts";

const LIVE_MS = 1_000;
const SETTLED_MS = 15_000;

/** An order as it is now, kept up to date. `error`: of both sources, the chain's. */
export function useOrder(orderId: Hex) {
	const { indexer } = useSite();
	const market = useMarket();
	const chain = useQuery({
		queryKey: ["chain", "order", orderId],
		queryFn: async () => viewOfStory(await getOrderStory(market, { orderId })),
		refetchInterval: ({ state }) => (state.data !== undefined && isOver(state.data) ? SETTLED_MS : LIVE_MS),
		retry: false,
	});
	const copy = useQuery({
		queryKey: ["indexer", "order", orderId],
		enabled: chain.isError || chain.failureCount > 0,
		retry: false,
		async queryFn() {
			const [{ order, jobs }, events] = await Promise.all([
				indexer.order(orderId),
				indexer.orderEvents(orderId, { limit: 100 }),
			]);
			return viewOfRows(order, jobs, events.items);
		},
	});
	const view = chain.isError ? (newer(chain.data, copy.data) ?? copy.data) : chain.data;
	return {
		view,
		error: chain.error,
		isPending: chain.isPending || (chain.isError && copy.isPending),
		gone: useGone(chain.data),
	};
}

function isOver({ jobs, closed }: OrderView): boolean {
	return jobs.every(({ state }) => isTerminal(state) || (closed && state === "open"));
}

/** While the endpoint is away: what the chain said last, unless the indexer has seen more. */
function newer(chain: OrderView | undefined, copy: OrderView | undefined): OrderView | undefined {
	if (chain === undefined || copy === undefined) return chain ?? copy;
	return copy.entries.length > chain.entries.length ? copy : chain;
}

/** How many events that this page showed are no longer part of the chain. */
function useGone(view: OrderView | undefined): number {
	const seen = useRef(new Map<string, string>());
	const [gone, setGone] = useState(0);
	useEffect(() => {
		if (view === undefined) return;
		const now = new Set(view.entries.map(({ id }) => id));
		const lost = [...seen.current.keys()].filter((id) => !now.has(id));
		if (lost.length > 0) setGone((before) => before + lost.length);
		seen.current = new Map(view.entries.map(({ id, name }) => [id, name]));
	}, [view]);
	return gone;
}
