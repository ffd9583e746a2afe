import { type Address, type Hex, isHex, type LocalAccount } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type GetAssetReturnType, getAsset } from "../actions/getAsset.ts";
import { formatAsset, parseAmount } from "../chain/amounts.ts";
import { createMarketClient, isLocalChain, type MarketClient } from "../chain/client.ts";
import { AccountMissingError, MarketMissingError, WrongChainError } from "../errors/chain.ts";
import { explainChainError } from "../errors/revert.ts";
import { type ContentClient, createContentClient } from "../storage/client.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";
import { findProfile, type Profile } from "./profile.ts";
import { keystoreAccount } from "./wallet/keystoreAccount.ts";

/** A checked connection: the endpoint answers, serves the profile's chain, and the Market is there. */
export type Session = {
	profile: Profile;
	client: MarketClient;
	content: ContentClient;
	asset: GetAssetReturnType;
	/** "0.50 dUSD". */
	amount: (baseUnits: bigint) => string;
	/** Base units of what a person typed. */
	parse: (text: string) => bigint;
	/** The account that signs; throws when there is no key. */
	signer: () => Address;
};

/** Opens the profile and checks the chain before anything is asked or signed. */
export async function openSession(context: Context): Promise<Session> {
	const profile = findProfile({ wanted: context.options.profile, cwd: context.cwd, env: context.env });
	const client = connect(profile, context);
	await checkChain(client, profile);
	const asset = await getAsset(client);
	return {
		profile,
		client,
		content: contentClientOf(profile),
		asset,
		amount: (baseUnits) => formatAsset(baseUnits, asset),
		parse: (text) => parseAmount(text, asset.decimals),
		signer: () => {
			if (!client.account) throw new AccountMissingError();
			return client.account.address;
		},
	};
}

export function connect(profile: Profile, context: Context): MarketClient {
	const account = accountOf(profile, context);
	const { chainId, rpcUrl, market, asset, fromBlock } = profile;
	const config = { chainId, rpcUrl, market, asset, fromBlock, pollingIntervalMs: 250 };
	return createMarketClient(account === undefined ? config : { ...config, account });
}

/** Throws unless the endpoint serves the profile's chain and the Market is on it. */
export async function checkChain(client: MarketClient, { chainId, rpcUrl, market }: Profile): Promise<void> {
	try {
		const actual = await client.getChainId();
		if (actual !== chainId) throw new WrongChainError({ expected: chainId, actual, url: rpcUrl });
		const code = await client.getCode({ address: market });
		if (!code) throw new MarketMissingError(market, chainId);
	} catch (error) {
		throw explainChainError(error, "connecting");
	}
}

export function contentClientOf({ storage, allowPrivateSources }: Profile): ContentClient {
	return createContentClient({
		sources: storage ? [storage.url] : [],
		allowPrivateSources,
		...(storage?.token ? { uploadTo: { url: storage.url, token: storage.token } } : {}),
	});
}

function accountOf(profile: Profile, context: Context): LocalAccount | undefined {
	const key = keyOf(profile, context);
	if (key) return privateKeyToAccount(key);
	return profile.keystore === undefined ? undefined : keystoreAccount(profile.keystore, context);
}

function keyOf(profile: Profile, { env, out }: Pick<Context, "env" | "out">): Hex | undefined {
	const fromEnv = env.DEPIN_KEY;
	if (!fromEnv) return profile.key;
	if (!isHex(fromEnv) || fromEnv.length !== 66) {
		throw new UsageError("DEPIN_KEY is not a key", { hint: "A key is 0x and 64 hex digits." });
	}
	if (!isLocalChain(profile.chainId)) out.warn("the key comes from the environment, where other programs can read it");
	return fromEnv;
}
