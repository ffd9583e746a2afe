// Random acts, as many as wanted, chosen by the world's seed. Those that the market refuses belong to a history as well.
import { lotOf, resultStatus } from "depin";
import type { Address } from "viem";
import { challenge, postReplicated, proceed, seal, tally, unseal } from "./disputing.ts";
import { act, call, dollars, draw, type JobNow, post, report, submit, type World, wait } from "./world.ts";

const NO_JOB = 2 ** 32 - 1;

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
