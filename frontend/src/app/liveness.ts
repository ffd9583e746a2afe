// One stream for the whole page: it says how far the indexer is, and which rows to ask for again.
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

/** `lag`: blocks the indexer is behind the chain. */
export type Liveness = { connected: boolean; block: number | undefined; lag: number | undefined };

/** A stream that is silent for so long has lost its indexer, whatever the socket says; milliseconds. */
const SILENT_MS = 8_000;

let current: Liveness = { connected: true, block: undefined, lag: undefined };
const listeners = new Set<() => void>();

function set(next: Partial<Liveness>): void {
	current = { ...current, ...next };
	for (const listener of listeners) listener();
}

export function useLiveness(): Liveness {
	return useSyncExternalStore(
		(listener) => {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		() => current,
	);
}

/** Follows the indexer's stream for as long as the page is open; the browser reconnects by itself. */
export function followIndexer(indexerUrl: string, queries: QueryClient): void {
	const stream = new EventSource(`${indexerUrl}/v1/stream`);
	let heard = Date.now();
	let refreshing = false;
	stream.addEventListener("open", () => set({ connected: true }));
	stream.addEventListener("error", () => set({ connected: false }));
	stream.addEventListener("head", ({ data }) => {
		heard = Date.now();
		const { block, lag }: { block?: number; lag?: number } = JSON.parse(data);
		set({ connected: true, block, lag });
	});
	for (const name of ["event", "rewind"])
		stream.addEventListener(name, () => {
			heard = Date.now();
			// Events of one block come together: one refresh serves them all.
			if (refreshing) return;
			refreshing = true;
			setTimeout(() => {
				refreshing = false;
				void queries.invalidateQueries({ queryKey: ["indexer"] });
			}, 150);
		});
	setInterval(() => {
		if (Date.now() - heard > SILENT_MS && current.connected) set({ connected: stream.readyState === EventSource.OPEN });
	}, 2_000);
}
