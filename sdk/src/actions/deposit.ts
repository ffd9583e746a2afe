import { type Address, erc20Abi } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { AccountMissingError } from "../errors/chain.ts";
import { explainChainError } from "../errors/revert.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type DepositParameters = WriteOptions & {
	/** Base units of the asset. */
	amount: bigint;
	/** Whose balance grows; default: the payer's. */
	to?: Address;
};
export type DepositReturnType = WriteReturnType;

/**
 * Moves the asset from the account's wallet into a balance on the Market, with an approval of exactly that amount when
 * the present one is too small: two transactions. `depositWithPermit` needs one.
 *
 * @example
 * await deposit(client, { amount: parseAmount("5.00", 6) });
 */
export async function deposit(client: MarketClient, parameters: DepositParameters): Promise<DepositReturnType> {
	const { amount, to = client.account?.address, ...options } = parameters;
	if (!to) throw new AccountMissingError();
	await approveExactly(client, amount);
	return writeMarket(client, "deposit", [to, amount], options);
}

/** Lets the Market take `amount` of the asset, unless it already may. */
export async function approveExactly(client: MarketClient, amount: bigint): Promise<void> {
	const { account, asset, deployment } = client;
	if (!account) throw new AccountMissingError();
	const token = { address: asset, abi: erc20Abi } as const;
	try {
		const allowed = await client.readContract({
			...token,
			functionName: "allowance",
			args: [account.address, deployment.market],
		});
		if (allowed >= amount) return;
		const { request } = await client.simulateContract({
			...token,
			account,
			functionName: "approve",
			args: [deployment.market, amount],
		});
		await client.waitForTransactionReceipt({ hash: await client.writeContract(request) });
	} catch (error) {
		throw explainChainError(error, "approve");
	}
}
