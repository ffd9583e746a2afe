import { BaseError, formatLog, type Hex, parseEventLogs, type RpcLog, toHex } from "viem";
import { marketAbi } from "../abi/market.ts";
import type { MarketClient } from "../chain/client.ts";
import { findCause } from "../errors/base.ts";
import { explainChainError } from "../errors/revert.ts";
import type { MarketEvent } from "./write.ts";

export type LogRange = {
	/** Event selector, then indexed arguments; null matches all. */
	topics?: readonly (Hex | readonly Hex[] | null)[];
	/** Default: the block of the deployment. */
	fromBlock?: bigint;
	/** Default: the latest block. */
	toBlock?: bigint;
};

/** The Market's events in a range of blocks, oldest first; a range the endpoint finds too wide is read in halves. */
export async function getMarketLogs(client: MarketClient, range: LogRange = {}): Promise<MarketEvent[]> {
	const fromBlock = range.fromBlock ?? client.fromBlock;
	try {
		const toBlock = range.toBlock ?? (await client.getBlockNumber({ cacheTime: 0 }));
		return toBlock < fromBlock ? [] : await readRange(client, { topics: range.topics ?? [], fromBlock, toBlock });
	} catch (error) {
		throw explainChainError(error, "reading events");
	}
}

async function readRange(client: MarketClient, range: Required<LogRange>): Promise<MarketEvent[]> {
	const { topics, fromBlock, toBlock } = range;
	try {
		const logs: RpcLog[] = await client.request({
			method: "eth_getLogs",
			params: [
				{
					address: client.deployment.market,
					topics: topics.map((topic) => (typeof topic === "string" || topic === null ? topic : [...topic])),
					fromBlock: toHex(fromBlock),
					toBlock: toHex(toBlock),
				},
			],
		});
		return parseEventLogs({ abi: marketAbi, logs: logs.map((log) => formatLog(log)) }) as MarketEvent[];
	} catch (error) {
		if (fromBlock === toBlock || !isTooWide(error)) throw error;
		const middle = (fromBlock + toBlock) / 2n;
		const older = await readRange(client, { topics, fromBlock, toBlock: middle });
		const newer = await readRange(client, { topics, fromBlock: middle + 1n, toBlock });
		return [...older, ...newer];
	}
}

/** Endpoints have no common code for "fewer blocks, please", only common words. */
function isTooWide(error: unknown): boolean {
	const refusal = findCause(
		error,
		(cause): cause is BaseError =>
			cause instanceof BaseError &&
			/block range|range (is )?too|too many|limit|more than|max results/i.test(cause.details),
	);
	return refusal !== undefined;
}
