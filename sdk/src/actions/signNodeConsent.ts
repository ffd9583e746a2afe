import type { Address, Hex, LocalAccount } from "viem";
import { type Deployment, marketDomain, nodeConsentTypes } from "../chain/typedData.ts";

/** A node key's agreement to be registered, and earn, for `owner`. Everything is public. */
export type NodeConsent = {
	owner: Address;
	node: Address;
	class: number;
	/** Unix seconds. */
	deadline: bigint;
	signature: Hex;
};

export type SignNodeConsentParameters = {
	deployment: Deployment;
	/** The node's key. */
	account: LocalAccount;
	owner: Address;
	class: number;
	deadline: bigint;
};

/**
 * Signs the consent with the node's key; needs no chain.
 *
 * @example
 * const consent = await signNodeConsent({ deployment, account, owner, class: 1, deadline });
 */
export async function signNodeConsent(parameters: SignNodeConsentParameters): Promise<NodeConsent> {
	const { deployment, account, owner, class: index, deadline } = parameters;
	const message = { owner, node: account.address, class: index, deadline };
	const signature = await account.signTypedData({
		domain: marketDomain(deployment),
		types: nodeConsentTypes,
		primaryType: "NodeConsent",
		message,
	});
	return { ...message, signature };
}
