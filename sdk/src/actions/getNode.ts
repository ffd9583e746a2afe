import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { type NodeStatus, nodeStatusName } from "../chain/state.ts";
import { readMarket } from "./read.ts";

export type GetNodeParameters = { node: Address };
export type GetNodeReturnType = {
	owner: Address;
	/** Base units of the asset; what is unbonding included. */
	stake: bigint;
	/** Bonds of unsettled jobs. */
	locked: bigint;
	unbonding: bigint;
	class: number;
	/** Unsettled jobs. */
	open: number;
	maxOpen: number;
	/** `none` when nobody registered it. */
	status: NodeStatus;
	/** Unix seconds. */
	activatedAt: number;
	unbondAt: number;
	rosterIndex: number;
};

/**
 * A node as it stands on chain now.
 *
 * @example
 * const { status, stake } = await getNode(client, { node });
 */
export async function getNode(client: MarketClient, { node }: GetNodeParameters): Promise<GetNodeReturnType> {
	const view = await readMarket(client, "nodeOf", [node]);
	return { ...view, status: nodeStatusName(view.status) };
}
