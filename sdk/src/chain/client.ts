import {
	type Account,
	type Address,
	createClient,
	defineChain,
	http,
	publicActions,
	type Transport,
	walletActions,
} from "viem";

export type MarketClientConfig = {
	chainId: number;
	/** The Market's address. */
	market: Address;
	/** The one ERC-20 of that deployment. */
	asset: Address;
	/** Block of the deployment: where reading events starts. Default 0. */
	fromBlock?: bigint;
	/** Signs writes; reads need none. */
	account?: Account;
	/** How often to look for blocks and receipts, in milliseconds. Default 500. */
	pollingIntervalMs?: number;
} & ({ rpcUrl: string } | { transport: Transport });

/**
 * A viem client that knows which Market it talks to. Actions take it as their first argument.
 *
 * @example
 * const client = createMarketClient({ chainId: 31337, rpcUrl: "http://127.0.0.1:8545", market, asset });
 * const { free } = await getAccount(client, { account });
 */
export function createMarketClient(config: MarketClientConfig) {
	const { chainId, market, asset, account, fromBlock = 0n, pollingIntervalMs = 500 } = config;
	const transport = "transport" in config ? config.transport : http(config.rpcUrl);
	const chain = defineChain({
		id: chainId,
		name: `chain ${chainId}`,
		nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
		rpcUrls: { default: { http: "rpcUrl" in config ? [config.rpcUrl] : [] } },
	});
	return createClient({ account, chain, transport, pollingInterval: pollingIntervalMs, cacheTime: 0 })
		.extend(publicActions)
		.extend(walletActions)
		.extend(() => ({ deployment: { chainId, market }, asset, fromBlock }));
}

/** What {@link createMarketClient} returns: viem's public and wallet actions, and the deployment. */
export type MarketClient = ReturnType<typeof createMarketClient>;

/** Chains whose money is play money. */
export function isLocalChain(chainId: number): boolean {
	return chainId === 31_337 || chainId === 1_337;
}
