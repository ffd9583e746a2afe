import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type SetMaxOpenParameters = WriteOptions & {
	node: Address;
	maxOpen: number;
};
export type SetMaxOpenReturnType = WriteReturnType;

/**
 * Sets how many unsettled jobs a node may hold at once; 0 stops it from claiming.
 *
 * @example
 * await setMaxOpen(client, { node, maxOpen: 4 });
 */
export async function setMaxOpen(
	client: MarketClient,
	parameters: SetMaxOpenParameters,
): Promise<SetMaxOpenReturnType> {
	const { node, maxOpen, ...options } = parameters;
	return writeMarket(client, "setMaxOpen", [node, maxOpen], options);
}
