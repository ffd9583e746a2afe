import type { MarketClient } from "depin";
import type { MarketEvent } from "./watchMarket.ts";

const REMEMBERED = 1_000;

/** Unix seconds of the block that an event is in; events do not carry the time themselves. */
export type BlockTimes = (event: Pick<MarketEvent, "blockHash">) => Promise<number>;

export function createBlockTimes(client: MarketClient): BlockTimes {
	const times = new Map<string, number>();
	return async ({ blockHash }) => {
		const known = times.get(blockHash);
		if (known !== undefined) return known;
		const { timestamp } = await client.getBlock({ blockHash });
		const oldest = times.size >= REMEMBERED ? times.keys().next().value : undefined;
		if (oldest !== undefined) times.delete(oldest);
		times.set(blockHash, Number(timestamp));
		return Number(timestamp);
	};
}
