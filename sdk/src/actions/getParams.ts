import type { MarketClient } from "../chain/client.ts";
import { readMarket } from "./read.ts";

export type GetParamsReturnType = {
	/** Of each payment, in 1/10000. */
	feeBps: number;
	/** Least bond as a share of the job escrow, in 1/10000. */
	minBondBps: number;
	/** Least escrow of one job, in base units. */
	minJobEscrow: bigint;
};

/**
 * The Market's parameters now. They never touch an order already posted.
 *
 * @example
 * const { feeBps } = await getParams(client);
 */
export async function getParams(client: MarketClient): Promise<GetParamsReturnType> {
	return readMarket(client, "params", []);
}
