import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { LocalAccount } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { type Deployment, deployMarket } from "../../deploy/devnet/deploy.ts";
import { devnetUsdAbi } from "../src/abi/devnetUsd.ts";
import { register } from "../src/actions/register.ts";
import { signNodeConsent } from "../src/actions/signNodeConsent.ts";
import { createMarketClient, type MarketClient } from "../src/chain/client.ts";

const CHAIN = resolve(import.meta.dirname, "../../deploy/devnet/chainProcess.ts");
const PHRASE = "test test test test test test test test test test test junk";

/** A real chain with the Market deployed as on a devnet; mines at once. */
export type LocalMarket = {
	rpcUrl: string;
	deployment: Deployment;
	/** A client that signs as the account. */
	client: (account: LocalAccount) => MarketClient;
	mint: (account: LocalAccount, amount: bigint) => Promise<void>;
	/** Registers `node` for `owner` in class 1 with the least stake. */
	registerNode: (owner: LocalAccount, node: LocalAccount) => Promise<void>;
	/** Moves the chain's clock and mines. */
	passTime: (seconds: number) => Promise<void>;
	stop: () => Promise<void>;
};

export const testAccount = (addressIndex: number): LocalAccount => mnemonicToAccount(PHRASE, { addressIndex });

/** On a port of its own choosing, so that test files may run side by side. */
export async function startLocalMarket(): Promise<LocalMarket> {
	const node = spawn(process.execPath, [CHAIN, "0"], { stdio: ["ignore", "pipe", "pipe"] });
	const stateDir = await mkdtemp(join(tmpdir(), "depin-sdk-"));
	const rpcUrl = await new Promise<string>((ready, failed) => {
		let said = "";
		const hear = (chunk: Buffer) => {
			said += chunk;
			const url = /chain at (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
			if (url) ready(url);
		};
		node.stdout.on("data", hear);
		node.stderr.on("data", hear);
		node.once("exit", () => failed(new Error(`the chain ended:\n${said}`)));
	});
	const deployment = await deployMarket(rpcUrl, { stateDir, challengeFloor: 60 });
	const { chainId, market, asset } = deployment;
	const client = (account: LocalAccount) =>
		createMarketClient({ chainId, market, asset, rpcUrl, account, pollingIntervalMs: 20 });

	const mint = async (account: LocalAccount, amount: bigint) => {
		const wallet = client(account);
		const hash = await wallet.writeContract({
			address: asset,
			abi: devnetUsdAbi,
			functionName: "mint",
			args: [account.address, amount],
			account,
			chain: wallet.chain,
		});
		await wallet.waitForTransactionReceipt({ hash });
	};
	const registerNode = async (owner: LocalAccount, account: LocalAccount) => {
		const stake = 100_000_000n;
		await mint(owner, stake);
		const wallet = client(owner);
		const deadline = (await wallet.getBlock()).timestamp + 3_600n;
		const consent = await signNodeConsent({ deployment, account, owner: owner.address, class: 1, deadline });
		await register(wallet, {
			node: account.address,
			class: 1,
			maxOpen: 8,
			stake,
			metadata: `0x${"00".repeat(32)}`,
			uri: "",
			consent,
		});
	};
	const passTime = async (seconds: number) => {
		const wallet = client(testAccount(0));
		const raw = wallet.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
		await raw({ method: "evm_increaseTime", params: [seconds] });
		await raw({ method: "evm_mine", params: [] });
	};
	const stop = async () => {
		const ended = new Promise((done) => node.once("exit", done));
		node.kill("SIGTERM");
		await ended;
		await rm(stateDir, { recursive: true, force: true });
	};
	return { rpcUrl, deployment, client, mint, registerNode, passTime, stop };
}
