// How far the mirror has read, how far that is behind the chain, and whether it is of this chain at all.
import { eventSchema, type IndexerStatus, pageSchema, statusSchema } from "depin/indexer";
import { createPublicClient, http } from "viem";
import { placeOf } from "../onChain.ts";
import type { Mirror } from "./mirror.ts";
import { isAstray, lagOf, type Seen, troubleOf } from "./standing.ts";

export type Head = {
	/** Undefined until the mirror has answered once. */
	readonly status: IndexerStatus | undefined;
	/** Blocks between the chain's last and the mirror's; undefined when that cannot be said. */
	readonly lag: number | undefined;
	/** Why the mirror is not at the head, in words for people; undefined when it is. */
	readonly trouble: string | undefined;
	/** Whether the mirror's rows are of a chain that exists no more. */
	readonly astray: boolean;
	readonly mirrorAnswers: boolean;
	readonly chainAnswers: boolean;
	/** Asks the mirror once. */
	look(): Promise<void>;
	/** Asks the chain for its last block, and for the mirror's newest event. */
	lookAtChain(): Promise<void>;
};

type Parts = { mirror: Mirror; rpcUrl: string; readyWithin: number; now?: () => number };

export function createHead({ mirror, rpcUrl, readyWithin, now = Date.now }: Parts): Head {
	const chain = createPublicClient({ transport: http(rpcUrl, { timeout: 5_000, retryCount: 0 }), cacheTime: 0 });
	let seen: Seen = {
		status: undefined,
		last: undefined,
		mirrorAway: undefined,
		chainAway: undefined,
		replaced: undefined,
	};

	async function lookAtLast(): Promise<void> {
		try {
			seen = { ...seen, last: Number(await chain.getBlockNumber()), chainAway: undefined };
		} catch {
			seen = { ...seen, chainAway: seen.chainAway ?? now() };
		}
	}

	/** Compares rows with the chain; what cannot be asked leaves the verdict as it was. */
	async function lookAtNewest(): Promise<void> {
		const { last = 0, replaced } = seen;
		// A chain that ends before all of them has no room for them either.
		const event = (await newestOf(`toBlock=${last}&`)) ?? (await newestOf(""));
		const place = event ? await placeOf(chain, event) : "stands";
		if (place === "stands") seen = { ...seen, replaced: undefined };
		// Missing though it should be there: another server of the same chain may have answered.
		else if (event && (place === "replaced" || event.block > last))
			seen = { ...seen, replaced: { event, since: replaced?.since ?? now() } };
	}

	async function newestOf(range: string) {
		const { status, body } = await mirror.ask({ path: `/v1/events?${range}limit=1` });
		if (status !== 200) throw new Error(`the mirror answered ${status}`);
		return pageSchema(eventSchema).parse(JSON.parse(Buffer.from(body).toString())).items[0];
	}

	return {
		get status() {
			return seen.status;
		},
		get lag() {
			return lagOf(seen, readyWithin);
		},
		get trouble() {
			return troubleOf(seen, readyWithin, now());
		},
		get astray() {
			return isAstray(seen, now());
		},
		get mirrorAnswers() {
			return seen.status !== undefined && seen.mirrorAway === undefined;
		},
		get chainAnswers() {
			return seen.last !== undefined && seen.chainAway === undefined;
		},
		async look() {
			const before = seen.status?.block;
			try {
				const { body } = await mirror.ask({ path: "/v1/status" });
				seen = { ...seen, status: statusSchema.parse(JSON.parse(Buffer.from(body).toString())), mirrorAway: undefined };
			} catch {
				// Down, starting, or something else than a mirror: the next look may find it.
				seen = { ...seen, mirrorAway: seen.mirrorAway ?? now() };
			}
			const { status, last } = seen;
			// It may well have read a block that came after the last look at the chain.
			if (status && last !== undefined && status.block > last && status.block !== before) await lookAtLast();
		},
		async lookAtChain() {
			await lookAtLast();
			if (seen.chainAway === undefined) await lookAtNewest().catch(() => {});
		},
	};
}
