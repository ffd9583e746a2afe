import { type MarketClient, type Order, orderId, type Result } from "depin";
import {
	addStake,
	advance,
	beatJobs,
	claimJob,
	closeOrder,
	deposit,
	expireJobs,
	getReceipt,
	postOrder,
	requestUnstake,
	setMaxOpen,
	settleJobs,
	stopJob,
	submitResult,
	sweep,
	type WriteReturnType,
	withdraw,
} from "depin/actions";
import { zeroAddress, zeroHash } from "viem";
import { addressOf, type BenchMarket, DUSD, openBenchMarket } from "./market.ts";

/** Gas used, from the receipt, and bytes of calldata of one call. */
export interface Cost {
	gas: number;
	calldata: number;
	/** Of those bytes, the ones that cost more. */
	nonZero: number;
}

export interface GasReport {
	/** A paid job in four transactions. */
	job: number;
	/** A job of a worked-through order: one `advance` that settles an older one, submits this one, claims the next. */
	pipelinedJob: number;
	/** A task of a lot of 1,000 in such an order, its share of the post included. */
	taskOf1000: number;
	calls: Record<string, Cost>;
}

const RAMP = 600;
const WINDOW = 60;
const LOTS = 64;
const TASKS = 1_000;

/**
 * Gas of every call, under the terms the design measures by: second job of the same pair, so that no slot is touched for the
 * first time that a second job would find written; empty uri; price half way up the ramp with a refund; settled by the node
 * after the window.
 */
export async function measureGas(): Promise<GasReport> {
	const market = await openBenchMarket();
	try {
		const calls: Record<string, Cost> = {};
		const take = async (name: string, call: Promise<WriteReturnType>) => {
			calls[name] = await costOf(market.consumer, await call);
		};
		await singleJob(market, 1n, async (_, call) => void (await call));
		await singleJob(market, 2n, take);
		const pipelined = await pipeline(market, take);
		await rareCalls(market, take);
		const gas = (name: string) => calls[name]?.gas ?? Number.NaN;
		return {
			job: gas("post") + gas("claim") + gas("submit") + gas("settle"),
			pipelinedJob: pipelined,
			taskOf1000: Math.round((pipelined + gas("post64000") / LOTS) / TASKS),
			calls,
		};
	} finally {
		await market.close();
	}
}

type Take = (name: string, call: Promise<WriteReturnType>) => Promise<void>;

async function singleJob(market: BenchMarket, salt: bigint, take: Take): Promise<void> {
	const { consumer, node, pass } = market;
	await take("deposit", deposit(consumer, { amount: DUSD }));
	const order = await newOrder(market, { salt });
	await take("post", postOrder(consumer, { order, uri: "" }));
	await pass(RAMP / 2);
	await take("claim", claimJob(node, { order, job: 0 }));
	await pass(30);
	await take("submit", submitResult(node, { order, job: 0, result: await okResult(market) }));
	const { receipt } = await getReceipt(node, { orderId: orderId(node.deployment, order), job: 0 });
	await pass(WINDOW);
	await take("settle", settleJobs(node, { order, receipts: [receipt] }));
}

/** Works through some lots of a large order; returns the gas of one step once every slot it touches has been used before. */
async function pipeline(market: BenchMarket, take: Take): Promise<number> {
	const { consumer, node, pass } = market;
	const order = await newOrder(market, { salt: 3n, lots: LOTS, tasksPerLot: TASKS });
	await take("post64000", postOrder(consumer, { order, uri: "" }));
	await pass(RAMP / 2);
	await claimJob(node, { order, job: 0 });
	const id = orderId(node.deployment, order);
	let gas = 0;
	for (let job = 0; job < 4; job += 1) {
		await pass(WINDOW);
		const receipts = job === 0 ? [] : [(await getReceipt(node, { orderId: id, job: job - 1 })).receipt];
		const submit = { job, result: await okResult(market) };
		const step = await advance(node, { order, receipts, submit, claim: job + 1 });
		await take("advance", Promise.resolve(step));
		gas = Number(step.receipt.gasUsed);
	}
	return gas;
}

async function rareCalls(market: BenchMarket, take: Take): Promise<void> {
	const { consumer, node, owner, pass } = market;
	const claimed = async (salt: bigint) => {
		const order = await newOrder(market, { salt, beatEvery: 300 });
		await postOrder(consumer, { order, uri: "" });
		await pass(RAMP / 2);
		await claimJob(node, { order, job: 0 });
		return order;
	};
	const beaten = await claimed(4n);
	await pass(10);
	await take("beat", beatJobs(node, { order: beaten, jobs: [0] }));
	await take("stop", stopJob(consumer, { order: beaten, job: 0 }));
	await pass(2_000);
	await take("expire", expireJobs(consumer, { order: beaten, jobs: [0] }));
	const closed = await newOrder(market, { salt: 5n });
	await postOrder(consumer, { order: closed, uri: "" });
	await take("close", closeOrder(consumer, { order: closed }));
	await take("withdraw", withdraw(owner, { amount: DUSD, to: addressOf(owner) }));
	await take("sweep", sweep(owner, { account: addressOf(owner) }));
	await take("addStake", addStake(owner, { node: addressOf(node), amount: DUSD }));
	await take("setMaxOpen", setMaxOpen(owner, { node: addressOf(node), maxOpen: 32 }));
	await take("requestUnstake", requestUnstake(owner, { node: addressOf(node), amount: DUSD }));
}

async function newOrder(market: BenchMarket, own: Partial<Order> & { salt: bigint }): Promise<Order> {
	return {
		consumer: addressOf(market.consumer),
		node: zeroAddress,
		lots: 1,
		tasksPerLot: 1,
		replicas: 1,
		quorum: 1,
		metered: false,
		arbiter: zeroAddress,
		challengeFor: WINDOW,
		maxRun: 1_500,
		postBy: (await market.now()) + 300,
		verifier: zeroAddress,
		openFor: 100_000,
		rampFor: RAMP,
		beatEvery: 0,
		taskRoot: `0x${"a1".repeat(32)}`,
		startPrice: DUSD / 2n,
		maxPrice: DUSD,
		failBps: 5_000,
		class: 1,
		bond: DUSD,
		feeBps: 200,
		manifest: `0x${"b2".repeat(32)}`,
		...own,
	};
}

async function okResult(market: BenchMarket): Promise<Result> {
	const now = await market.now();
	return {
		resultRoot: `0x${"c3".repeat(32)}`,
		outputsDigest: `0x${"d4".repeat(32)}`,
		statementHash: `0x${"e5".repeat(32)}`,
		evidenceHash: zeroHash,
		shadowCommit: zeroHash,
		status: 0,
		exitCode: 0,
		startedAt: now - 20,
		finishedAt: now - 1,
		billed: 19,
	};
}

async function costOf(client: MarketClient, { hash, receipt }: WriteReturnType): Promise<Cost> {
	const { input } = await client.getTransaction({ hash });
	const bytes = Buffer.from(input.slice(2), "hex");
	return { gas: Number(receipt.gasUsed), calldata: bytes.length, nonZero: bytes.filter((byte) => byte !== 0).length };
}
