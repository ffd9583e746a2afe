import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type WithdrawParameters = WriteOptions & {
	to: Address;
	/** Base units of the asset. */
	amount: bigint;
};
export type WithdrawReturnType = WriteReturnType;

/**
 * Takes `amount` out of the account's free balance, to its wallet or to `to`.
 *
 * @example
 * await withdraw(client, { to: account, amount: parseAmount("5.00", 6) });
 */
export async function withdraw(client: MarketClient, parameters: WithdrawParameters): Promise<WithdrawReturnType> {
	const { to, amount, ...options } = parameters;
	return writeMarket(client, "withdraw", [to, amount], options);
}
