import { createMarketClient, type MarketClient } from "depin";
import { custom, http } from "viem";
import type { SiteConfig } from "../app/config.ts";
import { useSite } from "../app/site.ts";
import { openConnection } from "../wallet/connection.ts";
import type { Wallet } from "../wallet/wallet.ts";

let reader: MarketClient | undefined;

/** Reads this market through the page's own endpoint; signs nothing. */
export function useMarket(): MarketClient {
	const { config } = useSite();
	reader ??= createMarketClient({
		...deploymentOf(config),
		transport: http(config.rpcUrl, { retryCount: 1, timeout: 6_000 }),
	});
	return reader;
}

/** What only the wallet may answer; everything else is asked where the page always asks. */
const WALLETS_OWN =
	/^(eth_sendTransaction|eth_signTypedData_v4|eth_chainId|eth_accounts|eth_requestAccounts|wallet_.*)$/;

/** Signs with the connected wallet, and reads through the page's own endpoint. */
export async function signingMarket(config: SiteConfig, { address }: Wallet): Promise<MarketClient> {
	const wallet = await openConnection(config).provider();
	const endpoint = http(config.rpcUrl)({});
	const transport = custom({
		request: ({ method, params }: { method: string; params?: unknown }) =>
			WALLETS_OWN.test(method)
				? wallet.request({ method, params } as never)
				: endpoint.request({ method, params } as never),
	});
	return createMarketClient({ ...deploymentOf(config), account: { address, type: "json-rpc" }, transport });
}

function deploymentOf({ chainId, market, asset, fromBlock }: SiteConfig) {
	return { chainId, market, asset, fromBlock };
}
