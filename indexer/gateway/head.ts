// How far the mirror has read, and how far that is behind the chain.
import { type IndexerStatus, statusSchema } from "depin/indexer";
import { createPublicClient, http } from "viem";
import type { Mirror } from "./mirror.ts";

export type Head = {
	/** Undefined until the mirror has answered once. */
	readonly status: IndexerStatus | undefined;
	/** Blocks between the chain's last and the mirror's; undefined while either does not answer. */
	readonly lag: number | undefined;
	/** Asks once; false when the mirror did not answer. */
	look(): Promise<boolean>;
	/** Asks the chain for its last block. */
	lookAtChain(): Promise<void>;
};

export function createHead(mirror: Mirror, rpcUrl: string): Head {
	const chain = createPublicClient({ transport: http(rpcUrl, { timeout: 5_000, retryCount: 0 }), cacheTime: 0 });
	let status: IndexerStatus | undefined;
	let answered = false;
	let last: number | undefined;
	return {
		get status() {
			return status;
		},
		get lag() {
			if (!answered || !status || last === undefined) return undefined;
			return Math.max(0, last - status.block);
		},
		async look() {
			try {
				const { body } = await mirror.ask({ path: "/v1/status" });
				status = statusSchema.parse(JSON.parse(Buffer.from(body).toString()));
				answered = true;
			} catch {
				// Down, starting, or something else than a mirror: `lag` says so, and the next look may find it.
				answered = false;
			}
			return answered;
		},
		async lookAtChain() {
			last = await chain.getBlockNumber().then(Number, () => undefined);
		},
	};
}
