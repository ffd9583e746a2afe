import { createMarketClient, type MarketClient, MarketMissingError } from "depin";
import { marketAbi } from "depin/abi";
import { type Account, http } from "viem";
import type { ChainConfig } from "./config.ts";
import { UnavailableError } from "./errors.ts";
import { publicUrl } from "./log.ts";
import { retry } from "./loop.ts";

/**
 * A market client of the configured deployment; chain id and asset are read from the chain, so that nobody has to
 * type them. Waits through about a minute of an endpoint that is not up yet.
 * @throws {UnavailableError} when the endpoint stays away (exit 75)
 * @throws {MarketMissingError} when there is no Market at the address (exit 1)
 */
export async function connectChain(
	config: ChainConfig,
	options: { signal: AbortSignal; account?: Account },
): Promise<MarketClient> {
	const { signal, account } = options;
	const { market, fromBlock, rpcUrl } = config;
	const transport = http(rpcUrl, { retryCount: 1, timeout: 15_000 });
	const settings = { market, fromBlock, transport, ...(account ? { account } : {}) };
	const probe = createMarketClient({ ...settings, chainId: 0, asset: market });
	const look = async () => ({ chainId: await probe.getChainId(), code: await probe.getCode({ address: market }) });
	const { chainId, code } = await retry(look, { signal, attempts: 8, maxMs: 10_000 }).catch((cause: unknown) => {
		signal.throwIfAborted();
		throw new UnavailableError(
			"rpc-unreachable",
			`the chain at ${publicUrl(rpcUrl)} does not answer; check chain.rpcUrl`,
			{
				cause,
			},
		);
	});
	if (!code) throw new MarketMissingError(market, chainId);
	const asset = await probe.readContract({ address: market, abi: marketAbi, functionName: "asset" });
	return createMarketClient({ ...settings, chainId, asset });
}
