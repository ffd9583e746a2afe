import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type RetireParameters = WriteOptions & {
	node: Address;
};
export type RetireReturnType = WriteReturnType;

/**
 * Takes a node out of service for good: no more claims, and its whole stake may be unbonded.
 *
 * @example
 * await retire(client, { node });
 */
export async function retire(client: MarketClient, parameters: RetireParameters): Promise<RetireReturnType> {
	const { node, ...options } = parameters;
	return writeMarket(client, "retire", [node], options);
}
