import { resolve } from "node:path";
import { createMarketClient, type MarketClient } from "depin";
import { devnetUsdAbi } from "depin/abi";
import { deposit, register, signNodeConsent } from "depin/actions";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { type Address, custom, type Hex, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import userConfig from "../../hardhat.config.ts";
import { type DevnetAccount, wellKnown } from "../devnet/accounts.ts";
import devnetModule from "../ignition/modules/Devnet.ts";

const ROOT = resolve(import.meta.dirname, "../..");
export const DUSD = 1_000_000n;
/** Later than any clock this runs beside, unix seconds. */
const FIRST_TIME = 2_000_000_000;

/** A Market in this process, with one funded consumer and one staked node, whose clock the caller turns. */
export interface BenchMarket {
	consumer: MarketClient;
	node: MarketClient;
	owner: MarketClient;
	/** The chain's time, unix seconds. */
	now(): Promise<number>;
	/** Lets that many seconds pass. */
	pass(seconds: number): Promise<void>;
	close(): Promise<void>;
}

/** Registered as every node is, by its owner with its consent. */
export async function registerNode(owner: MarketClient, node: DevnetAccount, now: number): Promise<{ hash: Hex }> {
	const account = privateKeyToAccount(node.key);
	const ownerAddress = addressOf(owner);
	const consent = await signNodeConsent({
		deployment: owner.deployment,
		account,
		owner: ownerAddress,
		class: 1,
		deadline: BigInt(now + 3_600),
	});
	const terms = { node: node.address, class: 1, maxOpen: 64, stake: 1_000n * DUSD, metadata: zeroHash, uri: "" };
	return register(owner, { ...terms, consent });
}

export function addressOf({ account }: MarketClient): Address {
	if (account === undefined) throw new Error("this client has no account");
	return account.address;
}

export async function openBenchMarket(): Promise<BenchMarket> {
	const hardhat = await createHardhatRuntimeEnvironment(userConfig, {}, ROOT);
	const connection = await hardhat.network.create();
	const contracts: Record<"market" | "asset", { address: Address }> = await connection.ignition.deploy(devnetModule);
	// Always the same ones, as an address with a zero byte in it is cheaper.
	const [consumer, owner, node] = [wellKnown(1), wellKnown(2), wellKnown(11)];
	const [market, asset] = [contracts.market.address, contracts.asset.address];
	const { time } = connection.networkHelpers;
	// Times stand in calldata and are hashed: a clock of its own makes every run cost the same to the unit.
	await time.increaseTo(FIRST_TIME);
	const transport = custom({
		async request(call: { method: string; params?: unknown[] }) {
			if (call.method === "eth_sendRawTransaction") await time.setNextBlockTimestamp((await time.latest()) + 1);
			return connection.provider.request(call);
		},
	});
	const as = ({ key }: DevnetAccount) =>
		createMarketClient({
			chainId: 31337,
			market,
			asset,
			transport,
			account: privateKeyToAccount(key),
			pollingIntervalMs: 5,
		});

	const parties = { consumer: as(consumer), owner: as(owner), node: as(node) };
	for (const client of [parties.consumer, parties.owner]) {
		const args = [addressOf(client), 1_000_000n * DUSD] as const;
		const { request } = await client.simulateContract({
			address: asset,
			abi: devnetUsdAbi,
			functionName: "mint",
			args,
			account: client.account ?? null,
		});
		await client.writeContract(request);
		await deposit(client, { amount: 10_000n * DUSD });
	}
	const now = () => time.latest();
	await registerNode(parties.owner, node, await now());
	await time.increase(1);
	return {
		...parties,
		now,
		pass: async (seconds) => {
			await time.increase(seconds);
		},
		close: () => connection.close(),
	};
}
