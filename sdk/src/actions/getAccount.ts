import { type Address, erc20Abi } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { explainChainError } from "../errors/revert.ts";
import { readMarket } from "./read.ts";

export type GetAccountParameters = { account: Address };
export type GetAccountReturnType = {
	/** On the Market, to spend or withdraw now; base units. */
	free: bigint;
	/** Fees of its nodes' jobs, waiting to be swept; not the account's. */
	fees: bigint;
	/** Of the asset, outside the Market. */
	wallet: bigint;
};

/**
 * What an account has on the Market and in its wallet.
 *
 * @example
 * const { free, wallet } = await getAccount(client, { account });
 */
export async function getAccount(
	client: MarketClient,
	{ account }: GetAccountParameters,
): Promise<GetAccountReturnType> {
	const [[free, fees], wallet] = await Promise.all([
		readMarket(client, "accountOf", [account]),
		client
			.readContract({ address: client.asset, abi: erc20Abi, functionName: "balanceOf", args: [account] })
			.catch((error: unknown) => {
				throw explainChainError(error, "balanceOf");
			}),
	]);
	return { free, fees, wallet };
}
