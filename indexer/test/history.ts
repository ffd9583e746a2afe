// Histories of a market: first one that visits every way a job, a node or a balance can go, then as many random acts as
// wanted. Acts that the market refuses belong to a history as well.
import { lotOf, nodeConsentTypes, packResult, resultStatus } from "depin";
import { marketAbi } from "depin/abi";
import { type Address, zeroHash } from "viem";
import { challenge, postReplicated, proceed, seal, tally, unseal } from "./disputing.ts";
import { disputes, replicas } from "./stories.ts";
import {
	act,
	call,
	dollars,
	draw,
	type JobNow,
	jobOf,
	type Placed,
	post,
	report,
	submit,
	type World,
	wait,
} from "./world.ts";

const DAY = 86_400;
const NO_JOB = 2 ** 32 - 1;
const noResult = packResult({
	resultRoot: zeroHash,
	outputsDigest: zeroHash,
	statementHash: zeroHash,
	evidenceHash: zeroHash,
	shadowCommit: zeroHash,
	status: 0,
	exitCode: 0,
	startedAt: 0,
	finishedAt: 0,
	billed: 0,
});

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
	await act(world, node, "submit", [placed.terms, 0, noResult]); // too late
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

/** Acts chosen by the world's seed, until they made `count` calls; the last one may make one more. */
export async function wander(world: World, count: number): Promise<void> {
	const bag = acts.flatMap(([weight, act]) => Array.from({ length: weight }, () => act));
	const until = world.calls + count;
	while (world.calls < until) await pick(world, bag)?.(world);
}

function pick<T>(world: World, choices: readonly T[]): T | undefined {
	return choices[Math.floor(world.random() * choices.length)];
}

const jobsIn = (world: World, state: JobNow["state"]) => [...world.jobs.values()].filter((job) => job.state === state);
const claimable = (world: World) =>
	jobsIn(world, "open").filter(({ placed }) => (placed.postedAt ?? 0) + placed.order.openFor > world.now);
const anyone = ({ consumers, owners, keeper }: World) => [...consumers, ...owners, keeper];
const ownerOf = ({ owners, nodes }: World, node: Address) => owners[nodes.indexOf(node) % 2] as Address;
const jobsToSeal = (world: World) => jobsIn(world, "running").filter(({ placed }) => placed.order.replicas > 1);

const acts: readonly [weight: number, act: (world: World) => Promise<unknown>][] = [
	[12, randomPost],
	[22, async (world) => claimAny(world, pick(world, claimable(world)) ?? pick(world, jobsIn(world, "open")))],
	[
		14,
		async (world) => {
			const job = pick(world, jobsIn(world, "running"));
			const status = pick(world, [0, 0, 0, 0, 1, 2, 3, 4, 5, 6]) ?? 0;
			if (job) await submit(world, job, status);
		},
	],
	[
		14,
		async (world) => {
			const job = pick(world, jobsIn(world, "submitted"));
			const who = pick(world, [job?.placed.order.consumer, world.keeper]);
			if (job?.receipt && who) await act(world, who, "settle", [job.placed.terms, [job.receipt]]);
		},
	],
	[6, advanceAny],
	[
		4,
		async (world) => {
			const job = pick(world, jobsIn(world, "running"));
			if (job?.node) await act(world, job.node, "beat", [job.placed.terms, [job.job]]);
		},
	],
	[
		4,
		async (world) => {
			const job = pick(world, jobsIn(world, "running"));
			if (job) await act(world, job.placed.order.consumer, "stop", [job.placed.terms, job.job]);
		},
	],
	[
		10,
		async (world) => {
			const late = jobsIn(world, "running").filter(({ deadline = 0 }) => deadline < world.now);
			const job = pick(world, late) ?? pick(world, jobsIn(world, "running"));
			if (job) await act(world, pick(world, anyone(world)) as Address, "expire", [job.placed.terms, [job.job]]);
		},
	],
	[
		3,
		async (world) => {
			const placed = pick(world, world.placed);
			if (placed) await act(world, placed.order.consumer, "close", [placed.terms]);
		},
	],
	[5, async (world) => wait(world, Math.floor(world.random() * (pick(world, [60, 400, 3_000]) ?? 60)))],
	[8, replicate],
	[16, async (world) => sealAny(world)],
	[8, tallyAny],
	[14, challengeAny],
	[30, disputeAny],
	[2, voidAny],
	[6, randomMoney],
	[5, randomStake],
];

async function randomPost(world: World): Promise<void> {
	const metered = world.random() < 0.3;
	const maxPrice = metered ? dollars(0.001 + world.random() * 0.01) : dollars(0.5 + world.random() * 20);
	const maxRun = pick(world, [700, 1_200, 3_600]) ?? 700;
	const most = maxPrice * (metered ? BigInt(maxRun) : 1n);
	const placed = draw(world, pick(world, world.consumers) as Address, {
		metered,
		maxPrice,
		startPrice: BigInt(Math.floor(Number(maxPrice) * world.random())),
		rampFor: pick(world, [0, 0, 50, 300]) ?? 0,
		lots: pick(world, [1, 1, 1, 2, 4]) ?? 1,
		tasksPerLot: pick(world, [1, 5]) ?? 1,
		class: pick(world, [1, 1, 1, 2]) ?? 1,
		maxRun,
		openFor: pick(world, [40, 600, 4_000]) ?? 600,
		beatEvery: pick(world, [0, 0, 200, 400]) ?? 0,
		challengeFor: pick(world, [60, 300]) ?? 60,
		failBps: pick(world, [1_000, 5_000, 9_000]) ?? 5_000,
		bond: most / BigInt(pick(world, [2, 3, 9]) ?? 2),
		postBy: world.now + (pick(world, [10, 100, 100_000]) ?? 10),
	});
	await post(world, placed);
	if (world.random() < 0.7) await claimAny(world, world.jobs.get(`${placed.id}/0`));
}

async function claimAny(world: World, job: JobNow | undefined): Promise<void> {
	if (!job) return;
	const nodes = job.placed.order.replicas > 1 ? [...world.nodes, ...world.jurors] : world.nodes;
	await act(world, pick(world, nodes) as Address, "claim", [job.placed.terms, job.job]);
}

async function replicate(world: World): Promise<void> {
	const [replicas, quorum] = pick(world, [
		[2, 2],
		[3, 2],
		[5, 3],
	] as const) ?? [3, 2];
	const lots = pick(world, [1, 1, 2]) ?? 1;
	const placed = await postReplicated(world, pick(world, world.consumers) as Address, replicas, quorum, lots);
	await claimAny(world, world.jobs.get(`${placed.id}/0`));
}

async function sealAny(world: World): Promise<void> {
	const job = pick(world, jobsToSeal(world));
	if (job) await seal(world, job, { honest: world.random() < 0.7, status: pick(world, [0, 0, 0, 1]) ?? 0 });
}

async function tallyAny(world: World): Promise<void> {
	const job = pick(world, jobsIn(world, "sealed"));
	if (!job) return;
	if (world.random() < 0.3) await unseal(world, job);
	else if (world.random() < 0.2) wait(world, 2_000);
	else await tally(world, job.placed, lotOf(job.placed.order, job.job), world.random() < 0.2 ? [job.job] : []);
}

async function challengeAny(world: World): Promise<void> {
	const timely = () => jobsIn(world, "submitted").filter(({ deadline = 0 }) => deadline > world.now + 1);
	const running = pick(world, jobsIn(world, "running"));
	if (timely().length === 0 && running) await submit(world, running, resultStatus.ok);
	const job = pick(world, timely());
	const who = pick(world, [...world.consumers, world.keeper]);
	if (!job || !who) return;
	const place = Math.floor(world.random() * job.placed.order.tasksPerLot);
	await challenge(world, who, job, place, world.random() < 0.3);
}

/** The oldest one: what is begun should come to an end. */
async function disputeAny(world: World): Promise<void> {
	const [entry] = world.cases.values();
	if (entry) await proceed(world, entry, world.random() < 0.3 ? pick(world, world.consumers) : undefined);
}

/** Only a jailed node's can be voided. */
async function voidAny(world: World): Promise<void> {
	const job = pick(world, jobsIn(world, "submitted"));
	if (job?.receipt) await act(world, world.keeper, "voidJob", [job.placed.terms, job.receipt]);
}

async function advanceAny(world: World): Promise<void> {
	const running = pick(world, jobsIn(world, "running"));
	if (!running?.node) return;
	const siblings = [...world.jobs.values()].filter(({ placed }) => placed === running.placed);
	const receipts = siblings.flatMap(({ receipt, deadline = 0 }) => (receipt && deadline <= world.now ? [receipt] : []));
	const next = siblings.find(({ state }) => state === "open")?.job ?? NO_JOB;
	const result = report(world, running, pick(world, [0, 0, 1]) ?? 0);
	await act(world, running.node, "advance", [running.placed.terms, receipts, running.job, result, next]);
}

async function randomMoney(world: World): Promise<void> {
	const who = pick(world, anyone(world)) as Address;
	const amount = BigInt(Math.floor(world.random() * 1e8));
	const moves: Record<string, () => Promise<unknown>> = {
		deposit: () => act(world, who, "deposit", [pick(world, anyone(world)) as Address, amount]),
		withdraw: () => act(world, who, "withdraw", [who, amount]),
		sweep: () => act(world, who, "sweep", [pick(world, world.owners) as Address]),
		treasury: () => act(world, world.governor, "payTreasury", [who, amount / 1_000n]),
		both: () =>
			act(world, who, "multicall", [[call("deposit", [who, amount]), call("withdraw", [world.keeper, amount / 3n])]]),
	};
	await pick(world, Object.values(moves))?.();
}

async function randomStake(world: World): Promise<void> {
	const node = pick(world, world.nodes) as Address;
	const owner = ownerOf(world, node);
	const amount = BigInt(Math.floor(world.random() * 6e7));
	const name = pick(world, ["addStake", "addStake", "requestUnstake", "withdrawStake", "setMaxOpen"] as const);
	if (name === "addStake" || name === "requestUnstake") await act(world, owner, name, [node, amount]);
	if (name === "withdrawStake") await act(world, owner, name, [node]);
	if (name === "setMaxOpen") await act(world, owner, name, [node, 1 + Math.floor(world.random() * 8)]);
}
