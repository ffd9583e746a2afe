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
		refetchInterval: ({ state }) => againAfter(state.data),
		structuralSharing: (before, now) => unlessSame(before as OrderView | undefined, now as OrderView),
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

/** An order of thousands of events takes a while to read, and looks no different a second later. */
function againAfter(view: OrderView | undefined): number {
	if (view === undefined) return LIVE_MS;
	return isOver(view) ? SETTLED_MS : LIVE_MS + view.entries.length;
}

/** A view follows from its events: with the same ones nothing need be drawn again. */
function unlessSame(before: OrderView | undefined, now: OrderView): OrderView {
	const isSame =
		before !== undefined &&
		before.entries.length === now.entries.length &&
		before.entries.every(({ id }, index) => id === now.entries[index]?.id);
	return isSame ? before : now;
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
