import type { MarketClient } from "../chain/client.ts";
import { readMarket } from "./read.ts";

export type GetClassParameters = { class: number };
export type GetClassReturnType = {
	/** Active nodes. */
	active: number;
	/** Distinct owners of them. */
	owners: number;
	/** Base units of the asset. */
	minStake: bigint;
	/** Seconds in which the number of nodes that may claim doubles; 0 for a class that does not exist. */
	step: number;
};

/**
 * A hardware class.
 *
 * @example
 * const { active } = await getClass(client, { class: 1 });
 */
export async function getClass(client: MarketClient, parameters: GetClassParameters): Promise<GetClassReturnType> {
	return readMarket(client, "classOf", [parameters.class]);
}
