import type { Address } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { AccountMissingError } from "../errors/chain.ts";
import { deposit } from "./deposit.ts";
import { signPermit } from "./permit.ts";
import { type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

export type DepositWithPermitParameters = WriteOptions & {
	/** Base units of the asset. */
	amount: bigint;
	/** Whose balance grows; default: the payer's. */
	to?: Address;
};
export type DepositWithPermitReturnType = WriteReturnType;

/**
 * Deposits in one transaction with a signed ERC-2612 permit; an asset without permit gets an approval first.
 *
 * @example
 * await depositWithPermit(client, { amount: parseAmount("5.00", 6) });
 */
export async function depositWithPermit(
	client: MarketClient,
	parameters: DepositWithPermitParameters,
): Promise<DepositWithPermitReturnType> {
	const { amount, to = client.account?.address, ...options } = parameters;
	if (!to) throw new AccountMissingError();
	const permit = await signPermit(client, amount);
	if (!permit) return deposit(client, parameters);
	return writeMarket(client, "depositWithPermit", [to, amount, permit.deadline, permit.v, permit.r, permit.s], options);
}
