// A local chain of the test's own, with the market deployed as on a devnet.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { network } from "hardhat";
import { createTestClient, http, publicActions, walletActions } from "viem";
import { hardhat } from "viem/chains";
import { deployMarket } from "../../deploy/devnet/deploy.ts";
import { freePort } from "../../deploy/setup/freePort.ts";

export type LocalChain = Awaited<ReturnType<typeof startChain>>;

/** Of every chain's first block, so that what is drawn from a seed does not depend on when a test runs; unix seconds. */
export const GENESIS = Date.parse("2026-01-01T00:00:00Z") / 1000;

/** Starts a chain and writes its deployment record into `dir`. */
export async function startChain(dir: string) {
	const override = { initialDate: new Date(GENESIS * 1000) };
	const server = await network.createServer({ network: "default", override }, "127.0.0.1", await freePort());
	const { port } = await server.listen();
	const url = `http://127.0.0.1:${port}`;
	const deployment = await deployMarket(url, { stateDir: dir, challengeFloor: 60 });
	const deploymentPath = join(dir, "deployment.json");
	writeFileSync(deploymentPath, JSON.stringify(deployment));
	const client = createTestClient({ mode: "hardhat", chain: hardhat, transport: http(url), cacheTime: 0 })
		.extend(publicActions)
		.extend(walletActions);
	return { ...deployment, url, client, deploymentPath, close: () => server.close() };
}
