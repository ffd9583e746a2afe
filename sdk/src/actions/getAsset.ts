import { type Address, erc20Abi } from "viem";
import type { AssetUnit } from "../chain/amounts.ts";
import type { MarketClient } from "../chain/client.ts";
import { explainChainError } from "../errors/revert.ts";

export type GetAssetReturnType = AssetUnit & { address: Address };

/**
 * How to write amounts of the Market's asset.
 *
 * @example
 * const { decimals, symbol } = await getAsset(client);
 */
export async function getAsset(client: MarketClient): Promise<GetAssetReturnType> {
	const token = { address: client.asset, abi: erc20Abi } as const;
	try {
		const [decimals, symbol] = await Promise.all([
			client.readContract({ ...token, functionName: "decimals" }),
			client.readContract({ ...token, functionName: "symbol" }),
		]);
		return { address: client.asset, decimals, symbol };
	} catch (error) {
		throw explainChainError(error, "asset");
	}
}
