import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type SweepParameters = WriteOptions & {
	/** The provider whose nodes' jobs paid the fees. */
	account: Address;
};
export type SweepReturnType = WriteReturnType;

/**
 * Moves an account's collected fees to the treasury and the audit pool; anybody may.
 *
 * @example
 * await sweep(client, { account: owner });
 */
export async function sweep(client: MarketClient, parameters: SweepParameters): Promise<SweepReturnType> {
	const { account, ...options } = parameters;
	return writeMarket(client, "sweep", [account], options);
}
