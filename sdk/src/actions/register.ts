import type { Address, Hex } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { writeFunded } from "./funding.ts";
import type { NodeConsent } from "./signNodeConsent.ts";
import { encodeMarketCall, type WriteOptions, type WriteReturnType } from "./write.ts";

export type RegisterParameters = WriteOptions & {
	node: Address;
	class: number;
	/** How many unsettled jobs the node may hold at once. */
	maxOpen: number;
	/** Base units of the asset, from the owner's balance or wallet. */
	stake: bigint;
	/** sha2-256 of the node's metadata document. */
	metadata: Hex;
	/** Where that document is; may be empty. */
	uri: string;
	/** The node key's agreement, from {@link signNodeConsent}. */
	consent: Pick<NodeConsent, "deadline" | "signature">;
};
export type RegisterReturnType = WriteReturnType;

/**
 * Registers a node for the account, its owner: permit, deposit of what the stake lacks, register, in one transaction.
 *
 * @example
 * await register(client, { node, class: 1, maxOpen: 4, stake, metadata, uri: "", consent });
 */
export async function register(client: MarketClient, parameters: RegisterParameters): Promise<RegisterReturnType> {
	const { node, class: index, maxOpen, stake, metadata, uri, consent, ...options } = parameters;
	const { deadline, signature } = consent;
	const call = encodeMarketCall("register", [node, index, maxOpen, stake, metadata, uri, deadline, signature]);
	return writeFunded(client, { needed: stake, call, options });
}
