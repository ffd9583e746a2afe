import { join, resolve } from "node:path";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import type { Address } from "viem";
import { hardhat as hardhatChain } from "viem/chains";
import userConfig from "../../hardhat.config.ts";
import devnetModule from "../ignition/modules/Devnet.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** The record of a deployment, as it is written for everybody who needs addresses. */
export interface Deployment {
	chainId: number;
	market: Address;
	extension: Address;
	/** Third piece of the market's code. */
	disputes: Address;
	/** Decides challenges of orders that name no arbiter. */
	arbiter: Address;
	beacon: Address;
	asset: Address;
	authority: Address;
	/** Nothing of the market happened before this block. */
	startBlock: number;
}

type Contract = "market" | "extension" | "disputes" | "arbiter" | "beacon" | "asset" | "authority";

/**
 * Deploys the devnet's module with Ignition to a chain that mines at once.
 * @param options.stateDir gets Ignition's journal, so that devnets in other folders do not meet it
 */
export async function deployMarket(
	rpcUrl: string,
	{ stateDir, challengeFloor }: { stateDir: string; challengeFloor: number },
): Promise<Deployment> {
	const paths = { ...userConfig.paths, ignition: join(stateDir, "ignition") };
	const hardhat = await createHardhatRuntimeEnvironment({ ...userConfig, paths }, {}, ROOT);
	const connection = await hardhat.network.create({ network: "localhost", override: { url: rpcUrl } });
	try {
		// The contracts' own types exist only beside a build; their addresses need none.
		const contracts: Record<Contract, { address: Address }> = await connection.ignition.deploy(devnetModule, {
			parameters: { Devnet: { challengeFloor } },
			config: { requiredConfirmations: 1, blockPollingInterval: 20 },
		});
		const { market, extension, disputes, arbiter, beacon, asset, authority } = contracts;
		return {
			chainId: hardhatChain.id,
			market: market.address,
			extension: extension.address,
			disputes: disputes.address,
			arbiter: arbiter.address,
			beacon: beacon.address,
			asset: asset.address,
			authority: authority.address,
			startBlock: 0,
		};
	} finally {
		await connection.close();
	}
}
