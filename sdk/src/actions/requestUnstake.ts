import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type RequestUnstakeParameters = WriteOptions & {
	node: Address;
	/** Base units of the asset. */
	amount: bigint;
};
export type RequestUnstakeReturnType = WriteReturnType;

/**
 * Starts the unbonding of part of a node's stake. It stays slashable until withdrawn.
 *
 * @example
 * await requestUnstake(client, { node, amount: parseAmount("50", 6) });
 */
export async function requestUnstake(
	client: MarketClient,
	parameters: RequestUnstakeParameters,
): Promise<RequestUnstakeReturnType> {
	const { node, amount, ...options } = parameters;
	return writeMarket(client, "requestUnstake", [node, amount], options);
}
