import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { readMarket } from "./read.ts";

export type GetConfigReturnType = {
	asset: Address;
	/** Seconds before a new node may claim. */
	activation: number;
	/** Least `challengeFor` of an order, in seconds. */
	challengeFloor: number;
	/** Share of the bond lost by silence, in 1/10000. */
	livenessBps: number;
	/** Decides challenges of orders that name no arbiter; the zero address if nobody does. */
	arbiter: Address;
};

/**
 * What never changes in this deployment.
 *
 * @example
 * const { challengeFloor } = await getConfig(client);
 */
export async function getConfig(client: MarketClient): Promise<GetConfigReturnType> {
	return readMarket(client, "config", []);
}
