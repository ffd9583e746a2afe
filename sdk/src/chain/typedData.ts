import type { Address, TypedDataDomain } from "viem";

/** The deployment an id or a signature is bound to. */
export type Deployment = { chainId: number; market: Address };

/** EIP-712 domain of a Market. */
export function marketDomain({ chainId, market }: Deployment) {
	return { name: "depin Market", version: "1", chainId, verifyingContract: market } as const satisfies TypedDataDomain;
}

/** The readable order a wallet shows; its hash is the order id. */
export const orderTypes = {
	Order: [
		{ name: "consumer", type: "address" },
		{ name: "salt", type: "uint96" },
		{ name: "node", type: "address" },
		{ name: "lots", type: "uint32" },
		{ name: "tasksPerLot", type: "uint32" },
		{ name: "replicas", type: "uint8" },
		{ name: "quorum", type: "uint8" },
		{ name: "metered", type: "bool" },
		{ name: "arbiter", type: "address" },
		{ name: "challengeFor", type: "uint32" },
		{ name: "maxRun", type: "uint32" },
		{ name: "postBy", type: "uint32" },
		{ name: "verifier", type: "address" },
		{ name: "openFor", type: "uint32" },
		{ name: "rampFor", type: "uint32" },
		{ name: "beatEvery", type: "uint32" },
		{ name: "taskRoot", type: "bytes32" },
		{ name: "startPrice", type: "uint96" },
		{ name: "maxPrice", type: "uint96" },
		{ name: "failBps", type: "uint16" },
		{ name: "class", type: "uint16" },
		{ name: "bond", type: "uint96" },
		{ name: "feeBps", type: "uint16" },
		{ name: "manifest", type: "bytes32" },
	],
} as const;

/** What a node reports of one job; its hash is the result digest. */
export const resultTypes = {
	Result: [
		{ name: "orderId", type: "bytes32" },
		{ name: "job", type: "uint32" },
		{ name: "node", type: "address" },
		{ name: "resultRoot", type: "bytes32" },
		{ name: "outputsDigest", type: "bytes32" },
		{ name: "statementHash", type: "bytes32" },
		{ name: "evidenceHash", type: "bytes32" },
		{ name: "shadowCommit", type: "bytes32" },
		{ name: "status", type: "uint8" },
		{ name: "exitCode", type: "int32" },
		{ name: "startedAt", type: "uint32" },
		{ name: "finishedAt", type: "uint32" },
		{ name: "billed", type: "uint32" },
	],
} as const;

/** A node key's agreement to be registered, and earn, for `owner`. */
export const nodeConsentTypes = {
	NodeConsent: [
		{ name: "owner", type: "address" },
		{ name: "node", type: "address" },
		{ name: "class", type: "uint16" },
		{ name: "deadline", type: "uint256" },
	],
} as const;
