// How far the indexer is, and which rows to ask for again: one stream and one small question for the whole page.
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

/** `lag`: blocks the indexer is behind the chain. */
export type Liveness = { answers: boolean; block: number | undefined; lag: number | undefined };

const ASK_MS = 3_000;
const PATIENCE_MS = 6_000;
/** Events of one block come together: one refresh serves them all. */
const TOGETHER_MS = 150;

let current: Liveness = { answers: true, block: undefined, lag: undefined };
const listeners = new Set<() => void>();

export function useLiveness(): Liveness {
	return useSyncExternalStore(
		(listener) => {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		() => current,
	);
}

/** For as long as the page is open. */
export function followIndexer(indexerUrl: string, queries: QueryClient): void {
	const stream = new EventSource(`${indexerUrl}/v1/stream`);
	let refreshing = false;
	for (const name of ["event", "rewind"])
		stream.addEventListener(name, () => {
			if (refreshing) return;
			refreshing = true;
			setTimeout(() => {
				refreshing = false;
				void queries.invalidateQueries({ queryKey: ["indexer"] });
			}, TOGETHER_MS);
		});
	async function ask(): Promise<void> {
		current = await standing(indexerUrl);
		for (const listener of listeners) listener();
		setTimeout(ask, ASK_MS);
	}
	setTimeout(ask, ASK_MS);
}

async function standing(indexerUrl: string): Promise<Liveness> {
	try {
		// Answers 503 when it is behind, and says by how much all the same.
		const response = await fetch(`${indexerUrl}/ready`, { signal: AbortSignal.timeout(PATIENCE_MS) });
		const { block, lag }: { block: number | null; lag: number | null } = await response.json();
		return { answers: lag !== null, block: block ?? undefined, lag: lag ?? undefined };
	} catch {
		return { answers: false, block: current.block, lag: undefined };
	}
}
