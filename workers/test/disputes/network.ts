import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createMarketClient, type MarketClient } from "depin";
import { devnetUsdAbi } from "depin/abi";
import { deposit, register, signNodeConsent } from "depin/actions";
import { type Address, type PrivateKeyAccount, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type DevnetAccount, wellKnown } from "../../../deploy/devnet/accounts.ts";
import { testClient } from "../../../deploy/devnet/chain.ts";
import { nodeConfigSchema } from "../../src/node/config.ts";
import { openJournal } from "../../src/node/journal.ts";
import { nodeRole } from "../../src/node/role.ts";
import { loadConfig } from "../../src/runtime/config.ts";
import { runLifecycle } from "../../src/runtime/lifecycle.ts";
import { createLog } from "../../src/runtime/log.ts";
import { createMetrics } from "../../src/runtime/metrics.ts";
import { until } from "../until.ts";
import { startWorld, type World } from "../world.ts";

/** Node owners: enough for a panel of seven, of which none may own the judged node. */
export const OWNERS = 9;
/** The first nodes work; the others ask more than any order here pays, and only sit on juries. */
export const WORKERS = 3;
const STAKE = 1_000_000_000n;
const NEVER = "1000000000000";

/** A node of the network, running in this process on its own journal, engine containers, storage and chain. */
export type Member = {
	address: Address;
	account: PrivateKeyAccount;
	owner: Address;
	start(): Promise<void>;
	stop(): Promise<void>;
};

/** A party that runs no software of ours: it does what a story needs. */
export type Stranger = {
	owner: PrivateKeyAccount;
	node: PrivateKeyAccount;
	client: MarketClient;
	ownerClient: MarketClient;
};

export type Network = World & {
	members: Member[];
	/** The member or stranger that has this node. */
	member(node: Address): Member;
	clientOf(account: PrivateKeyAccount): MarketClient;
	/** Registers a node of a new owner with `stake`. */
	stranger(stake?: bigint): Promise<Stranger>;
	/** Gives an account gas and free balance on the Market. */
	fund(account: PrivateKeyAccount, amount: bigint): Promise<void>;
};

export async function startNetwork(): Promise<Network> {
	const nodeConfig = (index: number) => ({
		channel: undefined,
		gateway: undefined,
		tiers: ["container"],
		capacity: { slots: 4 },
		price: index === 0 ? {} : { min: index < WORKERS ? "400000" : NEVER },
		logLevel: process.env["DEPIN_TEST_LOG"] ?? "error",
	});
	const world = await startWorld({ nodes: OWNERS, launchNodes: false, challengeFloor: 60, nodeConfig });
	const { devnet } = world;
	const members = devnet.nodeConfigs.map((path, index) => {
		const account = privateKeyToAccount(devnet.accounts.nodes[index]?.key ?? "0x");
		return memberOf(path, account, devnet.accounts.owners[index]?.address ?? account.address);
	});
	const [first, ...others] = members;
	await first?.start();
	// What the first found and loaded on this engine holds for all: they share it.
	const warming = await world.order("0", { choices: { maxPrice: 1_000n } });
	await warming.event("Submitted");
	await first?.stop();
	await world.pass(61);
	await warming.event("Settled"); // or its pay would turn up in a story's sums
	const [learnt = "", ...waiting] = devnet.nodeConfigs.map((path) => join(dirname(path), "state", "node.db"));
	teach(learnt, waiting);
	await Promise.all([first, ...others].map((member) => member?.start()));

	const clientOf = (account: PrivateKeyAccount) => {
		const { chainId, market, asset, startBlock } = devnet.deployment;
		const fromBlock = BigInt(startBlock);
		return createMarketClient({
			chainId,
			market,
			asset,
			rpcUrl: devnet.rpcUrl,
			account,
			fromBlock,
			pollingIntervalMs: 100,
		});
	};
	async function fund(account: PrivateKeyAccount, amount: bigint): Promise<void> {
		await testClient(devnet.rpcUrl).setBalance({ address: account.address, value: 10n ** 20n });
		if (amount === 0n) return;
		const client = clientOf(account);
		const mint = { address: client.asset, abi: devnetUsdAbi, functionName: "mint" as const, account };
		const hash = await client.writeContract({ ...mint, args: [account.address, amount], chain: null });
		await client.waitForTransactionReceipt({ hash });
		await deposit(client, { amount });
	}
	let strangers = 0;
	async function stranger(stake = STAKE): Promise<Stranger> {
		strangers += 1;
		const [owner, node] = [wellKnown(100 + strangers), wellKnown(200 + strangers)].map(({ key }: DevnetAccount) =>
			privateKeyToAccount(key),
		);
		if (!owner || !node) throw new Error("two accounts were asked for");
		await Promise.all([fund(owner, stake), fund(node, 0n)]);
		const [client, ownerClient] = [clientOf(node), clientOf(owner)];
		const { timestamp } = await client.getBlock();
		const parts = {
			deployment: client.deployment,
			account: node,
			owner: owner.address,
			class: 1,
			deadline: timestamp + 3_600n,
		};
		const consent = await signNodeConsent(parts);
		await register(ownerClient, {
			node: node.address,
			class: 1,
			maxOpen: 64,
			stake,
			metadata: zeroHash,
			uri: "",
			consent,
		});
		return { owner, node, client, ownerClient };
	}
	return {
		...world,
		members,
		clientOf,
		stranger,
		fund,
		member: (node) => members.find(({ address }) => address === node) ?? fail(`${node} is nobody's here`),
		async stop() {
			await Promise.all(members.map((member) => member.stop()));
			await world.stop();
		},
	};
}

function memberOf(configFile: string, account: PrivateKeyAccount, owner: Address): Member {
	let running: { stop: (reason: string) => void; ended: Promise<unknown> } | undefined;
	return {
		address: account.address,
		account,
		owner,
		async start() {
			const config = await loadConfig(configFile, nodeConfigSchema);
			const log = createLog({ role: `node ${account.address.slice(0, 8)}`, level: config.logLevel });
			let stop: (reason: string) => void = () => {};
			const metrics = createMetrics("node");
			const work = (life: Parameters<typeof nodeRole.run>[0]["life"]) =>
				nodeRole.run({ config, configFile, log, metrics, life });
			const ended = runLifecycle({ log, drainMs: 0 }, work, (end) => {
				stop = end;
			});
			running = { stop: (reason) => stop(reason), ended };
			const { listen } = JSON.parse(await readFile(configFile, "utf8"));
			await until(`node ${account.address} is ready`, () =>
				fetch(`http://${listen.host}:${listen.port}/ready`).then(
					({ ok }) => ok,
					() => false,
				),
			);
		},
		async stop() {
			running?.stop("the test says so");
			await running?.ended;
			running = undefined;
		},
	};
}

/** Copies what a node knows of its engine: that its limits hold, and which images it has. */
function teach(from: string, to: readonly string[]): void {
	const source = openJournal(from);
	const proofs = source.db.prepare("SELECT key, value FROM meta WHERE key LIKE 'canary%'").all();
	const images = source.db.prepare("SELECT reference, image_id FROM images").all();
	source.close();
	for (const file of to) {
		const journal = openJournal(file);
		for (const { key, value } of proofs) journal.set(String(key), String(value));
		const put = journal.db.prepare("INSERT OR REPLACE INTO images VALUES (?, ?)");
		for (const { reference, image_id } of images) put.run(String(reference), String(image_id));
		journal.close();
	}
}

function fail(message: string): never {
	throw new Error(message);
}
