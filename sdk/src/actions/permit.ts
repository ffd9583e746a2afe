import {
	type Address,
	ContractFunctionRevertedError,
	ContractFunctionZeroDataError,
	domainSeparator,
	type Hex,
	parseAbi,
	parseSignature,
} from "viem";
import type { MarketClient } from "../chain/client.ts";
import { findCause } from "../errors/base.ts";
import { AccountMissingError } from "../errors/chain.ts";
import { explainChainError } from "../errors/revert.ts";

/** An ERC-2612 signature that lets the Market take `value` of the asset until `deadline` (unix seconds). */
export type Permit = { value: bigint; deadline: bigint; v: number; r: Hex; s: Hex };

const permitAbi = parseAbi([
	"function name() view returns (string)",
	"function nonces(address owner) view returns (uint256)",
	"function DOMAIN_SEPARATOR() view returns (bytes32)",
]);

const permitTypes = {
	Permit: [
		{ name: "owner", type: "address" },
		{ name: "spender", type: "address" },
		{ name: "value", type: "uint256" },
		{ name: "nonce", type: "uint256" },
		{ name: "deadline", type: "uint256" },
	],
} as const;

const PERMIT_SECONDS = 3_600n;

/**
 * Signs a permit with the client's account, or returns undefined when the asset has none we can sign for: it lacks
 * ERC-2612, or its domain is not (name, "1", chain, address), which its own DOMAIN_SEPARATOR tells.
 */
export async function signPermit(client: MarketClient, value: bigint): Promise<Permit | undefined> {
	const { account, deployment } = client;
	if (!account) throw new AccountMissingError();
	const domain = await permitDomain(client, account.address);
	if (!domain) return undefined;
	const { timestamp } = await client.getBlock();
	const deadline = timestamp + PERMIT_SECONDS;
	const signature = await client.signTypedData({
		account,
		domain: domain.fields,
		types: permitTypes,
		primaryType: "Permit",
		message: { owner: account.address, spender: deployment.market, value, nonce: domain.nonce, deadline },
	});
	const { r, s, yParity } = parseSignature(signature);
	return { value, deadline, v: yParity + 27, r, s };
}

/** The asset's signing domain and the owner's next nonce; undefined when the asset has no permit we can sign. */
async function permitDomain(client: MarketClient, owner: Address) {
	const token = { address: client.asset, abi: permitAbi } as const;
	try {
		const [name, nonce, separator] = await Promise.all([
			client.readContract({ ...token, functionName: "name" }),
			client.readContract({ ...token, functionName: "nonces", args: [owner] }),
			client.readContract({ ...token, functionName: "DOMAIN_SEPARATOR" }),
		]);
		const { chainId } = client.deployment;
		const fields = { name, version: "1", chainId, verifyingContract: client.asset };
		return domainSeparator({ domain: fields }) === separator ? { fields, nonce } : undefined;
	} catch (error) {
		const missing = findCause(
			error,
			(cause) => cause instanceof ContractFunctionRevertedError || cause instanceof ContractFunctionZeroDataError,
		);
		if (missing) return undefined;
		throw explainChainError(error, "permit");
	}
}
