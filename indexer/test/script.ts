// A history that visits every way a job, a node or a balance can go. Acts that the market refuses belong to it as well.
import { NO_RESULT, nodeConsentTypes, resultStatus } from "depin";
import { marketAbi } from "depin/abi";
import type { Address } from "viem";
import { disputes, replicas } from "./stories.ts";
import { act, call, dollars, draw, jobOf, type Placed, post, report, submit, type World, wait } from "./world.ts";

const DAY = 86_400;

/** Deposits, a second class, six nodes of two owners, and eight that own themselves. */
export async function open(world: World): Promise<void> {
	const { governor, consumers, owners, nodes, keeper, jurors } = world;
	for (const account of [...consumers, ...owners, ...jurors])
		await act(world, account, "deposit", [account, dollars(20_000)]);
	await act(world, keeper, "deposit", [consumers[0] as Address, dollars(5)]);
	await act(world, governor, "setClass", [2, dollars(50), 3, `0x${"22".repeat(32)}`]);
	for (const [index, node] of nodes.entries()) {
		const owner = owners[index % 2] as Address;
		// The last one has nothing to spare: a slash suspends it.
		await register(world, owner, node, index === 4 ? 2 : 1, index === 5 ? dollars(100) : dollars(400));
	}
	for (const juror of jurors) await register(world, juror, juror, 1, dollars(150));
}

async function register(world: World, owner: Address, node: Address, class_: number, stake: bigint): Promise<void> {
	const { chainId, market, client } = world.chain;
	const deadline = BigInt(world.now + DAY);
	const signature = await client.signTypedData({
		account: node,
		domain: { name: "depin Market", version: "1", chainId, verifyingContract: market },
		types: nodeConsentTypes,
		primaryType: "NodeConsent",
		message: { owner, node, class: class_, deadline },
	});
	const uri = `https://${node}.example`;
	await act(world, owner, "register", [node, class_, 4, stake, `0x${"11".repeat(32)}`, uri, deadline, signature]);
}

/** Every exit of a job, every change of a node, every movement of money, at least once. */
export async function script(world: World): Promise<void> {
	const [one, two] = world.consumers as [Address, Address];
	const [node0, node1, , , , frail] = world.nodes as Address[] as [
		Address,
		Address,
		Address,
		Address,
		Address,
		Address,
	];
	await everyOutcome(world, one, node0, node1);
	await severalJobs(world, two, node0, node1);
	await silence(world, one, frail, node0);
	await revocations(world, one, two);
	await replicas(world);
	await disputes(world);
	await money(world, one);
	await leaving(world, node1, frail);
}

/** Runs until `status` is reported; the order is one job at a price that climbs. */
async function ran(world: World, consumer: Address, node: Address, status: number, openFor = 2_400): Promise<Placed> {
	const climbing = { rampFor: 100, startPrice: dollars(2), metered: status % 2 === 1, openFor };
	const prices = climbing.metered ? { startPrice: dollars(0.002), maxPrice: dollars(0.01) } : {};
	const placed = await post(world, draw(world, consumer, { ...climbing, ...prices, beatEvery: 400 }));
	wait(world, openFor < 100 ? 10 : 40); // long enough that every node of the class may claim
	await act(world, node, "claim", [placed.terms, 0]);
	wait(world, 100);
	await act(world, node, "beat", [placed.terms, [0]]);
	if (status === resultStatus.stopped) await act(world, consumer, "stop", [placed.terms, 0]);
	wait(world, 100);
	await submit(world, jobOf(world, placed, 0), status);
	return placed;
}

async function everyOutcome(world: World, consumer: Address, node: Address, other: Address): Promise<void> {
	for (const status of [0, 1, 2, 3, 4]) {
		const placed = await ran(world, consumer, node, status);
		if (status === 2) wait(world, 61);
		const { receipt } = jobOf(world, placed, 0);
		if (receipt) await act(world, status === 2 ? world.keeper : consumer, "settle", [placed.terms, [receipt]]);
	}
	const again = await ran(world, consumer, node, resultStatus.inputUnavailable);
	await act(world, node, "claim", [again.terms, 0]); // refused: it failed this job
	await act(world, other, "claim", [again.terms, 0]);
	await submit(world, jobOf(world, again, 0), 0);
	await ran(world, consumer, node, resultStatus.badSpec, 60); // nobody may claim it any more: void
	const handedBack = await ran(world, consumer, node, resultStatus.badSpec);
	await act(world, consumer, "close", [handedBack.terms]);
}

async function severalJobs(world: World, consumer: Address, node: Address, other: Address): Promise<void> {
	const placed = await post(world, draw(world, consumer, { lots: 6, tasksPerLot: 3 }));
	wait(world, 20);
	for (const job of [0, 1, 2]) await act(world, node, "claim", [placed.terms, job]);
	await act(world, other, "claim", [placed.terms, 4]);
	wait(world, 30);
	await submit(world, jobOf(world, placed, 0), 0);
	await submit(world, jobOf(world, placed, 1), 1);
	await submit(world, jobOf(world, placed, 4), resultStatus.badSpec);
	wait(world, 70);
	const { receipt } = jobOf(world, placed, 0);
	const job = jobOf(world, placed, 2);
	if (receipt) await act(world, node, "advance", [placed.terms, [receipt], 2, report(world, job, resultStatus.ok), 3]);
	const { receipt: failed } = jobOf(world, placed, 1);
	if (failed) {
		await act(world, world.keeper, "multicall", [
			[call("settle", [placed.terms, [failed]]), call("sweep", [world.owners[0] as Address])],
		]);
	}
	await act(world, consumer, "close", [placed.terms]); // job 3 runs on, 4 was handed back, 5 was never claimed
	await submit(world, jobOf(world, placed, 3), 0);
}

async function silence(world: World, consumer: Address, frail: Address, node: Address): Promise<void> {
	const dear = { bond: dollars(100), openFor: 5_000, beatEvery: 300, node: frail, rampFor: 30 };
	const placed = await post(world, draw(world, consumer, dear));
	await act(world, frail, "claim", [placed.terms, 0]);
	wait(world, 301);
	await act(world, world.keeper, "expire", [placed.terms, [0]]); // reopened, and the node suspended
	await act(world, frail, "claim", [placed.terms, 0]);
	await act(world, world.owners[1] as Address, "addStake", [frail, dollars(120)]);
	await act(world, node, "claim", [placed.terms, 0]);
	wait(world, 5_001);
	await act(world, node, "submit", [placed.terms, 0, NO_RESULT]); // too late
	await act(world, consumer, "expire", [placed.terms, [0]]); // void
	const unwanted = await post(world, draw(world, consumer, { lots: 2, openFor: 50, postBy: world.now + 5 }));
	const single = await post(world, draw(world, consumer, { openFor: 50, postBy: world.now + 5 }));
	wait(world, 60);
	await act(world, world.keeper, "close", [unwanted.terms]);
	await act(world, world.keeper, "close", [single.terms]);
}

async function revocations(world: World, one: Address, two: Address): Promise<void> {
	for (const lots of [1, 3]) {
		const placed = draw(world, one, { lots });
		await act(world, two, "close", [placed.terms]); // refused: not theirs
		await act(world, one, "close", [placed.terms]);
		await post(world, placed); // refused: revoked
	}
}

async function money(world: World, consumer: Address): Promise<void> {
	const { governor, keeper, owners } = world;
	for (const owner of owners) await act(world, keeper, "sweep", [owner]);
	const [treasury] = await readTotals(world);
	await act(world, governor, "payTreasury", [keeper, treasury / 2n]);
	await act(world, keeper, "withdraw", [governor, 1n]);
	await act(world, consumer, "withdraw", [consumer, dollars(1_000_000)]); // refused: not that much
	await act(world, governor, "setParams", [{ feeBps: 300, minBondBps: 500, minJobEscrow: 10n }]);
	await act(world, governor, "setParams", [{ feeBps: 200, minBondBps: 500, minJobEscrow: 10n }]);
	await act(world, governor, "setClass", [2, dollars(70), 3, `0x${"33".repeat(32)}`]);
	await act(world, governor, "pauseNew", [world.now + 100]);
	await post(world, draw(world, consumer)); // refused: paused
	wait(world, 100);
}

async function leaving(world: World, node: Address, frail: Address): Promise<void> {
	const [owner0, owner1] = world.owners as [Address, Address];
	const [staying] = world.nodes as [Address];
	await act(world, owner0, "requestUnstake", [staying, dollars(30)]);
	await act(world, owner0, "requestUnstake", [staying, dollars(40)]);
	await act(world, owner0, "withdrawStake", [staying]); // refused: too early
	await act(world, owner1, "setMaxOpen", [node, 6]);
	await act(world, owner1, "retire", [frail]);
	await act(world, owner1, "requestUnstake", [frail, dollars(150)]);
	wait(world, 18 * DAY + 1);
	await act(world, owner0, "withdrawStake", [staying]);
	await act(world, owner1, "withdrawStake", [frail]);
}

async function readTotals({ chain }: World): Promise<readonly [bigint, bigint]> {
	return chain.client.readContract({ address: chain.market, abi: marketAbi, functionName: "totals" });
}
