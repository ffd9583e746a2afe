import { dirname, join } from "node:path";
import { createMarketClient, type MarketClient } from "depin";
import { devnetUsdAbi } from "depin/abi";
import { deposit, getNode, register, retire, signNodeConsent } from "depin/actions";
import { type Address, type PrivateKeyAccount, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type DevnetAccount, wellKnown } from "../../../deploy/devnet/accounts.ts";
import { testClient } from "../../../deploy/devnet/chain.ts";
import { openJournal } from "../../src/node/journal.ts";
import { startWorld, type World } from "../world.ts";
import { type Member, memberOf } from "./member.ts";

/** Node owners: enough for a panel of seven, of which none may own the judged node. */
export const OWNERS = 9;
/** The first nodes work; the others ask more than any order here pays, and only sit on juries. */
export const WORKERS = 3;
const STAKE = 1_000_000_000n;
const NEVER = "1000000000000";

/** A party that runs no software of ours: it does what a story needs. */
export type Stranger = {
	owner: PrivateKeyAccount;
	node: PrivateKeyAccount;
	client: MarketClient;
	ownerClient: MarketClient;
};

export type Network = World & {
	members: Member[];
	/** Who has money here, and the nodes of each. */
	parties: ReadonlyMap<Address, readonly Address[]>;
	/** The member or stranger that has this node. */
	member(node: Address): Member;
	clientOf(account: PrivateKeyAccount): MarketClient;
	/** Registers a node of a new owner with `stake`. */
	stranger(stake?: bigint): Promise<Stranger>;
	/** Brings up what a story took down, and retires its strangers: the next one's jurors must not be drawn from them. */
	tidy(): Promise<void>;
	/** Somebody new with gas and money on the Market. */
	challenger(): Promise<PrivateKeyAccount>;
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
	const parties = new Map<Address, Address[]>(members.map(({ owner, address }) => [owner, [address]]));
	for (const { address } of [devnet.accounts.consumer, devnet.accounts.keeper]) parties.set(address, []);
	async function fund(account: PrivateKeyAccount, amount: bigint): Promise<void> {
		await testClient(devnet.rpcUrl).setBalance({ address: account.address, value: 10n ** 20n });
		if (amount === 0n) return;
		const client = clientOf(account);
		const mint = { address: client.asset, abi: devnetUsdAbi, functionName: "mint" as const, account };
		const hash = await client.writeContract({ ...mint, args: [account.address, amount], chain: null });
		await client.waitForTransactionReceipt({ hash });
		await deposit(client, { amount });
	}
	let challengers = 0;
	async function challenger(): Promise<PrivateKeyAccount> {
		challengers += 1;
		const account = privateKeyToAccount(wellKnown(50 + challengers).key);
		await fund(account, 100_000_000n);
		parties.set(account.address, []);
		return account;
	}
	let strangers = 0;
	const around: Stranger[] = [];
	async function tidy(): Promise<void> {
		await Promise.all(members.filter(({ up }) => !up).map((member) => member.start()));
		if (devnet.keeper?.pid === undefined) await devnet.keeper?.start();
		for (const { node, ownerClient } of around.splice(0)) {
			const { status } = await getNode(ownerClient, { node: node.address });
			if (status === "active" || status === "suspended") await retire(ownerClient, { node: node.address });
		}
	}
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
		await world.pass(1); // a node may claim what is posted after the second it came in
		parties.set(owner.address, [node.address]);
		around.push({ owner, node, client, ownerClient });
		return { owner, node, client, ownerClient };
	}
	return {
		...world,
		members,
		parties,
		clientOf,
		stranger,
		challenger,
		tidy,
		member: (node) => members.find(({ address }) => address === node) ?? fail(`${node} is nobody's here`),
		async stop() {
			await Promise.all(members.map((member) => member.stop()));
			await world.stop();
		},
	};
}

/** Copies what a node knows of its engine: that its limits hold, and which images it has. */
function teach(from: string, to: readonly string[]): void {
	const source = openJournal(from);
	const proofs = source.db.prepare("SELECT key, value FROM meta WHERE key LIKE 'canary%'").all();
	const images = source.db
		.prepare("SELECT key, image_id, bytes FROM cache WHERE kind = 'image' AND state = 'whole'")
		.all();
	source.close();
	for (const file of to) {
		const journal = openJournal(file);
		for (const { key, value } of proofs) journal.set(String(key), String(value));
		const put = journal.db.prepare("INSERT OR REPLACE INTO cache VALUES ('image', ?, 'whole', ?, ?, 0, 0)");
		for (const { key, image_id, bytes } of images) put.run(String(key), String(image_id), Number(bytes));
		journal.close();
	}
}

function fail(message: string): never {
	throw new Error(message);
}
