import { type Address, parseAbi } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { explainChainError } from "../errors/revert.ts";

const abi = parseAbi(["function roundAt(uint256 time) view returns (uint64)"]);

export type GetBeaconRoundParameters = {
	beacon: Address;
	/** Unix seconds. */
	time: number;
};
export type GetBeaconRoundReturnType = bigint;

/**
 * The first round of a beacon whose randomness appears at `time` or later; those before it can be drawn from.
 *
 * @example
 * const round = await getBeaconRound(client, { beacon, time });
 */
export async function getBeaconRound(
	client: MarketClient,
	{ beacon, time }: GetBeaconRoundParameters,
): Promise<GetBeaconRoundReturnType> {
	try {
		return await client.readContract({ address: beacon, abi, functionName: "roundAt", args: [BigInt(time)] });
	} catch (error) {
		throw explainChainError(error, "roundAt");
	}
}
