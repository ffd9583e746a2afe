import { createMarketClient, type MarketClient } from "depin";
import { devnetUsdAbi } from "depin/abi";
import { deposit, register, signNodeConsent } from "depin/actions";
import { type Address, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { DevnetAccount, DevnetAccounts } from "./accounts.ts";
import { testClient } from "./chain.ts";
import type { Deployment } from "./deploy.ts";

const DUSD = 1_000_000n;
const WALLET = 1_000_000n * DUSD;
const CONSUMER_DEPOSIT = 10_000n * DUSD;
const STAKE = 1_000n * DUSD;
const GAS_MONEY = 10n ** 21n; // wei: 1,000 ETH
const CLASS = 1;
const MAX_OPEN = 64;
const CONSENT_FOR = 3_600n; // seconds

/** Gives everybody money, deposits some of the consumer's, registers and stakes every node for its owner. */
export async function populate(rpcUrl: string, deployment: Deployment, accounts: DevnetAccounts): Promise<void> {
	const chain = testClient(rpcUrl);
	const as = (account: DevnetAccount) => marketClient(rpcUrl, deployment, account);
	await Promise.all(accounts.nodes.map(({ address }) => chain.setBalance({ address, value: GAS_MONEY })));
	const rich = [accounts.consumer, accounts.deployer, ...accounts.owners].map(({ address }) => address);
	await mint(as(accounts.deployer), rich);
	await Promise.all([
		deposit(as(accounts.consumer), { amount: CONSUMER_DEPOSIT }),
		...accounts.nodes.map((node, index) => {
			const owner = accounts.owners[index];
			if (owner === undefined) throw new Error(`node ${index} has no owner`);
			return registerNode(as(owner), deployment, node);
		}),
	]);
}

/** A provider who comes later, with a node that runs nothing: it counts, is drawn for juries, and stays silent. */
export async function addSilentNode(
	{ rpcUrl, deployment }: { rpcUrl: string; deployment: Deployment },
	{ owner, node }: { owner: DevnetAccount; node: DevnetAccount },
): Promise<void> {
	await testClient(rpcUrl).setBalance({ address: owner.address, value: GAS_MONEY });
	const client = marketClient(rpcUrl, deployment, owner);
	await mint(client, [owner.address]);
	await registerNode(client, deployment, node);
}

async function registerNode(
	owner: MarketClient,
	deployment: Deployment,
	{ address, key }: DevnetAccount,
): Promise<void> {
	if (owner.account === undefined) throw new Error("a node needs an owner who signs");
	const { timestamp } = await owner.getBlock();
	const consent = await signNodeConsent({
		deployment,
		account: privateKeyToAccount(key),
		owner: owner.account.address,
		class: CLASS,
		deadline: timestamp + CONSENT_FOR,
	});
	const terms = { node: address, class: CLASS, maxOpen: MAX_OPEN, stake: STAKE, metadata: zeroHash, uri: "" };
	await register(owner, { ...terms, consent });
}

function marketClient(rpcUrl: string, deployment: Deployment, { key }: DevnetAccount): MarketClient {
	const { chainId, market, asset } = deployment;
	return createMarketClient({
		chainId,
		market,
		asset,
		rpcUrl,
		account: privateKeyToAccount(key),
		pollingIntervalMs: 50,
	});
}

async function mint(client: MarketClient, accounts: Address[]): Promise<void> {
	for (const account of accounts) {
		const { request } = await client.simulateContract({
			address: client.asset,
			abi: devnetUsdAbi,
			functionName: "mint",
			args: [account, WALLET],
			account: client.account ?? null,
		});
		await client.waitForTransactionReceipt({ hash: await client.writeContract(request) });
	}
}
