// People acting on the market, and what a history needs to know of it to choose the next act. Its time begins at the
// same moment on every chain and moves only when told, so that a seed always gives the same history.
import {
	jobCount,
	lotOf,
	type Order,
	orderId,
	type PackedResult,
	packResult,
	packTerms,
	type Receipt,
	type Seal,
	type Terms,
} from "depin";
import { devnetUsdAbi, marketAbi, panelArbiterAbi } from "depin/abi";
import { merkleRoot, resultLeaves, type TaskResult, taskLeaf } from "depin/jobs";
import {
	type Abi,
	type Address,
	type ContractFunctionArgs,
	type ContractFunctionName,
	encodeFunctionData,
	type Hex,
	keccak256,
	maxUint256,
	parseEventLogs,
	toHex,
	zeroAddress,
	zeroHash,
} from "viem";
import { type Case, noteCase } from "./cases.ts";
import { GENESIS, type LocalChain } from "./chain.ts";

export type Write = ContractFunctionName<typeof marketAbi, "nonpayable">;
export type WriteArgs<name extends Write> = ContractFunctionArgs<typeof marketAbi, "nonpayable", name>;
export type Placed = { id: Hex; order: Order; terms: Terms; postedAt?: number };
export type JobNow = {
	placed: Placed;
	job: number;
	state: "open" | "running" | "sealed" | "submitted";
	node?: Address;
	claimedAt?: number;
	deadline?: number;
	stopped?: boolean;
	receipt?: Receipt;
	/** What was submitted, as it was sent. */
	result?: PackedResult;
	seal?: Seal;
	revealed?: boolean;
};
/** What a seal hides. */
export type Opening = { result: PackedResult; salt: Hex };
export type World = Awaited<ReturnType<typeof createWorld>>;

/** Well after the deployment, whose blocks follow the clock of the machine. */
export const BEGINS = GENESIS + 86_400;

export const dollars = (amount: number) => BigInt(Math.round(amount * 1_000_000));

/** The actors, with money; nothing has happened in the market yet but its deployment. */
export async function createWorld(chain: LocalChain, seed: number) {
	const [governor, ...others] = (await chain.client.getAddresses()) as [Address, ...Address[]];
	const world = {
		chain,
		random: mulberry(seed),
		now: BEGINS,
		salt: 0n,
		governor,
		consumers: others.slice(0, 2),
		owners: others.slice(2, 4),
		nodes: others.slice(4, 10),
		keeper: others[10] as Address,
		/** Nodes that are their own owners: who else may judge. */
		jurors: others.slice(11),
		placed: [] as Placed[],
		jobs: new Map<string, JobNow>(),
		cases: new Map<Hex, Case>(),
		/** By job. */
		openings: new Map<string, Opening>(),
		/** What each result says of its tasks, by its root. */
		leaves: new Map<Hex, TaskResult[]>(),
		/** Made so far, those that were refused included. */
		calls: 0,
	};
	for (const account of [...world.consumers, ...world.owners, world.keeper, ...world.jurors]) {
		await raw(world, account, chain.asset, devnetUsdAbi, "mint", [account, dollars(1_000_000)]);
		await raw(world, account, chain.asset, devnetUsdAbi, "approve", [chain.market, maxUint256]);
	}
	return world;
}

/** One call to the market. False when the market refused it, which is part of any history. */
export async function act<const name extends Write>(
	world: World,
	from: Address,
	functionName: name,
	args: WriteArgs<name>,
): Promise<boolean> {
	return raw(world, from, world.chain.market, marketAbi, functionName, args as readonly unknown[]);
}

/** One call to the panel; false when it refused. */
export async function actOnPanel<const name extends ContractFunctionName<typeof panelArbiterAbi, "nonpayable">>(
	world: World,
	from: Address,
	functionName: name,
	args: ContractFunctionArgs<typeof panelArbiterAbi, "nonpayable", name>,
): Promise<boolean> {
	return raw(world, from, world.chain.arbiter, panelArbiterAbi, functionName, args as readonly unknown[]);
}

/** Remembers what the history knows, for when the chain goes back to this point. Orders already drawn stay drawn. */
export function remember(world: World): () => void {
	const jobs = new Map(world.jobs);
	const placed = [...world.placed];
	const cases = new Map(world.cases);
	const posted = new Set(placed.filter(({ postedAt }) => postedAt !== undefined));
	return () => {
		world.jobs = jobs;
		world.placed = placed;
		world.cases = cases;
		for (const order of placed) if (!posted.has(order)) delete order.postedAt;
	};
}

/** Calldata of one call, for a multicall. */
export function call<const name extends Write>(functionName: name, args: WriteArgs<name>): Hex {
	const name: string = functionName;
	return encodeFunctionData({ abi: marketAbi as Abi, functionName: name, args: args as readonly unknown[] });
}

export function wait(world: World, seconds: number): void {
	world.now += seconds;
}

/** Terms that the market accepts, changed as told. */
export function draw(world: World, consumer: Address, change: Partial<Order> = {}): Placed {
	const metered = change.metered ?? false;
	const maxRun = change.maxRun ?? 1_200;
	const maxPrice = change.maxPrice ?? (metered ? dollars(0.01) : dollars(10));
	const order: Order = {
		consumer,
		salt: world.salt++,
		node: zeroAddress,
		lots: 1,
		tasksPerLot: 1,
		replicas: 1,
		quorum: 1,
		metered,
		arbiter: zeroAddress,
		challengeFor: 60,
		maxRun,
		postBy: world.now + 3_600,
		verifier: zeroAddress,
		openFor: 2_400,
		rampFor: 0,
		beatEvery: 0,
		taskRoot: zeroHash,
		startPrice: maxPrice,
		maxPrice,
		failBps: 5_000,
		class: 1,
		bond: (maxPrice * (metered ? BigInt(maxRun) : 1n)) / 2n,
		feeBps: 200,
		manifest: keccak256(toHex(world.salt + 1_000_000n)),
		...change,
	};
	order.taskRoot = merkleRoot(taskLeaves(order));
	const deployment = { chainId: world.chain.chainId, market: world.chain.market };
	return { id: orderId(deployment, order), order, terms: packTerms(order) };
}

/** What the task at `index` runs. */
export const specOf = ({ salt }: Order, index: number): Hex => keccak256(toHex(salt * 1_000n + BigInt(index)));

export function taskLeaves(order: Order): Hex[] {
	return Array.from({ length: order.lots * order.tasksPerLot }, (_, index) => taskLeaf(index, specOf(order, index)));
}

export async function post(world: World, placed: Placed): Promise<Placed> {
	world.placed.push(placed);
	await act(world, placed.order.consumer, "post", [placed.terms, `ipfs://${placed.id}?source=http%3A%2F%2F127.0.0.1`]);
	return placed;
}

/**
 * A report of the job as it stands, made at the moment the next call lands.
 * @param honest the outputs are those that every honest replica of the lot gets
 */
export function report(world: World, { placed, job, claimedAt = 0 }: JobNow, status: number, honest = false) {
	const ran = world.now + 1 - claimedAt;
	const digest = () => keccak256(toHex(Math.floor(world.random() * 2 ** 48)));
	const lot = lotOf(placed.order, job);
	const seed = honest ? keccak256(toHex(`${placed.id}/${lot}`)) : digest();
	const tasks = Array.from({ length: placed.order.tasksPerLot }, (_, place) => {
		const index = lot * placed.order.tasksPerLot + place;
		const outputDigest = keccak256(`${seed}${index.toString(16).padStart(8, "0")}`);
		return { index, taskLeaf: taskLeaf(index, specOf(placed.order, index)), outputDigest, status };
	});
	const resultRoot = merkleRoot(resultLeaves(tasks));
	world.leaves.set(resultRoot, tasks);
	return packResult({
		resultRoot,
		outputsDigest: digest(),
		statementHash: digest(),
		evidenceHash: zeroHash,
		shadowCommit: zeroHash,
		status,
		exitCode: status === 1 ? -(1 + Math.floor(world.random() * 200)) : 0,
		startedAt: claimedAt,
		finishedAt: claimedAt + ran,
		billed: Math.floor(world.random() * (ran + 1)),
	});
}

export function submit(world: World, job: JobNow, status: number): Promise<boolean> {
	return act(world, job.node as Address, "submit", [job.placed.terms, job.job, report(world, job, status)]);
}

export function jobOf(world: World, placed: Placed, job: number): JobNow {
	const found = world.jobs.get(`${placed.id}/${job}`);
	if (!found) throw new Error(`job ${placed.id}/${job} is over`);
	return found;
}

async function raw(
	world: Pick<World, "chain" | "now" | "jobs" | "placed" | "cases" | "random" | "calls">,
	from: Address,
	to: Address,
	abi: Abi,
	functionName: string,
	args: readonly unknown[],
): Promise<boolean> {
	const { client } = world.chain;
	world.now += 1;
	world.calls += 1;
	await client.setNextBlockTimestamp({ timestamp: BigInt(world.now) });
	const data = encodeFunctionData({ abi, functionName, args });
	try {
		const hash = await client.sendTransaction({ account: from, to, data, gas: 5_000_000n });
		const { logs } = await client.getTransactionReceipt({ hash });
		for (const log of parseEventLogs({ abi: [...marketAbi, ...panelArbiterAbi], logs })) noteCase(world, log);
		for (const log of parseEventLogs({ abi: marketAbi, logs })) note(world, log);
		return true;
	} catch (error) {
		if (!String(error).includes("revert")) throw error;
		return false;
	}
}

export type MarketLog = ReturnType<typeof parseEventLogs<typeof marketAbi>>[number];

/** Keeps the list of jobs that something can still happen to. */
function note({ jobs, placed, now }: Pick<World, "jobs" | "placed" | "now">, log: MarketLog): void {
	if (!("id" in log.args)) return;
	const { id } = log.args;
	const order = placed.find((candidate) => candidate.id === id);
	if (!order) return;
	if (log.eventName === "Posted") {
		order.postedAt = now;
		for (let job = 0; job < jobCount(order.order); job++)
			jobs.set(`${id}/${job}`, { placed: order, job, state: "open" });
	} else if (log.eventName === "Closed") {
		for (const [key, job] of jobs) if (job.placed.id === id && job.state === "open") jobs.delete(key);
	} else if ("job" in log.args) {
		const { job } = log.args;
		const before = jobs.get(`${id}/${job}`) ?? { placed: order, job, state: "open" };
		const after = next(before, log, now);
		if (after) jobs.set(`${id}/${job}`, after);
		else jobs.delete(`${id}/${job}`);
	}
}

function next({ placed, job, ...before }: JobNow, { eventName, args }: MarketLog, now: number): JobNow | undefined {
	switch (eventName) {
		case "Claimed":
			return { placed, job, state: "running", node: args.node, claimedAt: now, deadline: args.deadline };
		case "Beat":
			return { placed, job, ...before, deadline: args.deadline };
		case "Stopped":
			return { placed, job, ...before, deadline: args.deadline, stopped: true };
		case "Submitted": {
			const receipt = { job, node: args.node, pay: args.pay, submittedAt: now, digest: args.digest };
			const deadline = now + placed.order.challengeFor;
			return { placed, job, state: "submitted", node: args.node, deadline, receipt, result: args.result };
		}
		case "Committed": {
			const { id, ...seal } = args;
			return { placed, job, state: "sealed", node: args.node, claimedAt: args.claimedAt, seal };
		}
		case "Revealed":
			return { placed, job, ...before, revealed: true };
		case "Challenged":
			return { placed, job, ...before, deadline: args.deadline };
		case "Resolved":
			return before.state === "submitted" ? { placed, job, ...before, deadline: args.settleableFrom } : undefined;
		case "Reopened":
			return { placed, job, state: "open" };
		case "Expired":
			return args.reopened ? { placed, job, state: "open" } : undefined;
		default:
			return undefined;
	}
}

/** Numbers from 0 to 1 that a seed decides. */
export function mulberry(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
