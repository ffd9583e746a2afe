import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type WithdrawStakeParameters = WriteOptions & {
	node: Address;
};
export type WithdrawStakeReturnType = WriteReturnType;

/**
 * Moves unbonded stake to the owner's free balance; from then on `withdraw` takes it out.
 *
 * @example
 * await withdrawStake(client, { node });
 */
export async function withdrawStake(
	client: MarketClient,
	parameters: WithdrawStakeParameters,
): Promise<WithdrawStakeReturnType> {
	const { node, ...options } = parameters;
	return writeMarket(client, "withdrawStake", [node], options);
}
