import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { writeFunded } from "./funding.ts";
import { encodeMarketCall, type WriteOptions, type WriteReturnType } from "./write.ts";

export type AddStakeParameters = WriteOptions & {
	node: Address;
	/** Base units of the asset, from the account's balance or wallet. */
	amount: bigint;
};
export type AddStakeReturnType = WriteReturnType;

/**
 * Adds to a node's stake, depositing what the account's balance lacks in the same transaction.
 *
 * @example
 * await addStake(client, { node, amount: parseAmount("100", 6) });
 */
export async function addStake(client: MarketClient, parameters: AddStakeParameters): Promise<AddStakeReturnType> {
	const { node, amount, ...options } = parameters;
	return writeFunded(client, { needed: amount, call: encodeMarketCall("addStake", [node, amount]), options });
}
