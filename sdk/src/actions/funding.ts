import type { Address, Hex } from "viem";
import { formatAsset } from "../chain/amounts.ts";
import type { MarketClient } from "../chain/client.ts";
import { AccountMissingError, InsufficientAssetError } from "../errors/chain.ts";
import { approveExactly } from "./deposit.ts";
import { getAccount } from "./getAccount.ts";
import { getAsset } from "./getAsset.ts";
import { signPermit } from "./permit.ts";
import { encodeMarketCall, type WriteOptions, type WriteReturnType, writeMarket } from "./write.ts";

/**
 * Sends `call`, preceded in the same transaction by a deposit of just what the account's free balance lacks of
 * `needed`. Throws {@link InsufficientAssetError} before signing anything when the wallet cannot give that much.
 */
export async function writeFunded(
	client: MarketClient,
	{ needed, call, options = {} }: { needed: bigint; call: Hex; options?: WriteOptions },
): Promise<WriteReturnType> {
	const account = client.account?.address;
	if (!account) throw new AccountMissingError();
	const missing = await missingFunds(client, { account, needed });
	const calls = missing === 0n ? [call] : [await depositCall(client, account, missing), call];
	return writeMarket(client, "multicall", [calls], options);
}

/** What must be deposited so that `account` has `needed` free; throws when its wallet does not hold it. */
export async function missingFunds(
	client: MarketClient,
	{ account, needed }: { account: Address; needed: bigint },
): Promise<bigint> {
	const { free, wallet } = await getAccount(client, { account });
	const missing = needed > free ? needed - free : 0n;
	if (missing > wallet) {
		const asset = await getAsset(client);
		const text = (amount: bigint) => formatAsset(amount, asset);
		throw new InsufficientAssetError({ account, needed: text(missing), available: text(wallet) });
	}
	return missing;
}

async function depositCall(client: MarketClient, to: Address, amount: bigint): Promise<Hex> {
	const permit = await signPermit(client, amount);
	if (permit) {
		const { deadline, v, r, s } = permit;
		return encodeMarketCall("depositWithPermit", [to, amount, deadline, v, r, s]);
	}
	await approveExactly(client, amount);
	return encodeMarketCall("deposit", [to, amount]);
}
