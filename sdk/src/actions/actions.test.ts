import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Hex, keccak256, stringToHex, zeroHash } from "viem";
import { type LocalMarket, startLocalMarket, testAccount } from "../../test/localMarket.ts";
import { draftOrder } from "../chain/draft.ts";
import { orderEscrow, payOf } from "../chain/pricing.ts";
import { type Result, receiptHash, resultDigest } from "../chain/result.ts";
import { type Order, orderId, packTerms } from "../chain/terms.ts";
import { standingOf } from "../chain/timeline.ts";
import { advance } from "./advance.ts";
import { claimJob } from "./claimJob.ts";
import { closeOrder } from "./closeOrder.ts";
import { deposit } from "./deposit.ts";
import { expireJobs } from "./expireJobs.ts";
import { getAccount } from "./getAccount.ts";
import { getConfig } from "./getConfig.ts";
import { getJob } from "./getJob.ts";
import { getJobHistory } from "./getJobHistory.ts";
import { getNode } from "./getNode.ts";
import { getOrder } from "./getOrder.ts";
import { getParams } from "./getParams.ts";
import { getReceipt } from "./getReceipt.ts";
import { listNodes } from "./listNodes.ts";
import { listOrders } from "./listOrders.ts";
import { postOrder } from "./postOrder.ts";
import { readMarket } from "./read.ts";
import { settleJobs } from "./settleJobs.ts";
import { stopJob } from "./stopJob.ts";
import { submitResult } from "./submitResult.ts";
import { watchEvents } from "./watchEvents.ts";
import { withdraw } from "./withdraw.ts";

const consumer = testAccount(1);
const owner = testAccount(2);
const node = testAccount(3);
const other = testAccount(4);
const PRICE = 500_000n;
let market: LocalMarket;

before(async () => {
	market = await startLocalMarket();
	await market.mint(consumer, 1_000_000_000n);
	await market.registerNode(owner, node);
	await market.registerNode(owner, other);
	await market.passTime(2); // a node may claim what is posted after its activation, not in the same second
});
after(() => market.stop());

async function draft(choices: Partial<Parameters<typeof draftOrder>[0]["choices"]> = {}, lots = 1): Promise<Order> {
	const client = market.client(consumer);
	const { timestamp } = await client.getBlock();
	return draftOrder({
		consumer: consumer.address,
		choices: { class: 1, maxPrice: PRICE, challengeFor: 60, ...choices },
		work: { taskRoot: keccak256("0x01"), manifest: keccak256("0x02"), lots, tasksPerLot: 1, timeout: 60 },
		params: await getParams(client),
		now: Number(timestamp),
	});
}

async function result(over: Partial<Result> = {}): Promise<Result> {
	const now = Number((await market.client(node).getBlock()).timestamp);
	const digest = (text: string): Hex => keccak256(stringToHex(text));
	return {
		resultRoot: digest("root"),
		outputsDigest: digest("outputs"),
		statementHash: digest("statement"),
		evidenceHash: zeroHash,
		shadowCommit: zeroHash,
		status: 0,
		exitCode: 0,
		startedAt: now,
		finishedAt: now,
		billed: 0,
		...over,
	};
}

test("default: an order goes from one posting transaction to a paid job", async () => {
	const client = market.client(consumer);
	const worker = market.client(node);
	const order = await draft();
	const before = await getAccount(client, { account: consumer.address });
	assert.equal(before.free, 0n);

	const posted = await postOrder(client, { order, uri: "ipfs://bafy" });
	assert.equal(posted.orderId, orderId(market.deployment, order));
	assert.deepEqual(
		posted.events.map(({ eventName }) => eventName),
		["Deposited", "Posted"],
	);
	const funded = await getAccount(client, { account: consumer.address });
	assert.equal(before.wallet - funded.wallet, orderEscrow(order));
	assert.equal(funded.free, 0n);

	await claimJob(worker, { order, job: 0 });
	assert.equal((await getJob(client, { order, job: 0 })).state, "running");
	const reported = await result();
	await submitResult(worker, { order, job: 0, result: reported });
	const ref = { orderId: posted.orderId, job: 0 };
	const { receipt, result: read } = await getReceipt(client, ref);
	assert.deepEqual(read, reported);
	const digest = resultDigest(market.deployment, { ...ref, node: node.address, result: reported });
	assert.equal(receipt.digest, digest);
	assert.equal((await getJob(client, { order, job: 0 })).receiptHash, receiptHash(receipt));

	await settleJobs(client, { order, receipts: [receipt] });
	const standing = standingOf(await getJobHistory(client, ref));
	assert.equal(standing.state, "paid");
	assert.equal(standing.pay, payOf(order, 0, reported));
	const { free, fees } = await getAccount(client, { account: owner.address });
	assert.equal(free + fees, PRICE);
	await withdraw(market.client(owner), { to: owner.address, amount: free });
	assert.equal((await getAccount(client, { account: owner.address })).wallet, free);
});

test("behavior: what is free already is not deposited again", async () => {
	const client = market.client(consumer);
	await deposit(client, { amount: PRICE * 2n });
	const posted = await postOrder(client, { order: await draft(), uri: "" });
	assert.deepEqual(
		posted.events.map(({ eventName }) => eventName),
		["Posted"],
	);
	await closeOrder(client, { order: (await getOrder(client, posted)).order });
	await withdraw(client, { to: consumer.address, amount: PRICE * 2n });
});

test("behavior: the Market's own views agree with the sdk's arithmetic", async () => {
	const client = market.client(consumer);
	const order = await draft({ startPrice: 100_001n, rampFor: 977, metered: true });
	const terms = packTerms(order);
	assert.equal(await readMarket(client, "orderIdOf", [terms]), orderId(market.deployment, order));
	assert.equal(await readMarket(client, "orderId", [order]), orderId(market.deployment, order));
	assert.equal(await readMarket(client, "unitPrice", [terms, 333]), payOf(order, 333, { status: 0, billed: 1 }));
	assert.equal((await getConfig(client)).challengeFloor, 60);
});

test("behavior: advance settles, submits and claims in one call", async () => {
	const client = market.client(consumer);
	const worker = market.client(node);
	const order = await draft({}, 2);
	const { orderId: id } = await postOrder(client, { order, uri: "" });
	await advance(worker, { order, claim: 0 });
	const submitted = await advance(worker, { order, submit: { job: 0, result: await result() }, claim: 1 });
	assert.deepEqual(
		submitted.events.map(({ eventName }) => eventName),
		["Submitted", "Claimed"],
	);
	await market.passTime(61);
	const { receipt } = await getReceipt(client, { orderId: id, job: 0 });
	const settled = await advance(worker, {
		order,
		receipts: [receipt],
		submit: { job: 1, result: await result({ status: 1, exitCode: -3 }) },
	});
	assert.deepEqual(
		settled.events.map(({ eventName }) => eventName),
		["Settled", "Submitted"],
	);
	const failed = standingOf(await getJobHistory(client, { orderId: id, job: 1 }));
	assert.equal(failed.state, "submitted-fail");
	assert.equal(failed.exitCode, -3);
	const other = await getReceipt(client, { orderId: id, job: 1 });
	await settleJobs(client, { order, receipts: [other.receipt] });
});

test("behavior: a silent node's job reopens and another takes it", async () => {
	const client = market.client(consumer);
	const order = await draft();
	const { orderId: id } = await postOrder(client, { order, uri: "" });
	await claimJob(market.client(node), { order, job: 0 });
	await assert.rejects(expireJobs(client, { order, jobs: [0] }), {
		code: "market-refused",
		errorName: "DeadlineNotPassed",
	});
	await market.passTime(order.maxRun + 1);
	await expireJobs(client, { order, jobs: [0] });
	assert.equal(standingOf(await getJobHistory(client, { orderId: id, job: 0 })).state, "open");
	await assert.rejects(claimJob(market.client(node), { order, job: 0 }), { errorName: "ClaimExcluded" });
	await claimJob(market.client(other), { order, job: 0 });
	await stopJob(client, { order, job: 0 });
	const standing = standingOf(await getJobHistory(client, { orderId: id, job: 0 }));
	assert.deepEqual([standing.state, standing.attempts, standing.stopped], ["running", 2, true]);
});

test("behavior: a refusal is thrown before anything is sent, in words", async () => {
	const sent: Hex[] = [];
	const order = { ...(await draft()), failBps: 10_000 };
	const onSent = (hash: Hex) => void sent.push(hash);
	await assert.rejects(postOrder(market.client(consumer), { order, uri: "", onSent }), {
		code: "market-refused",
		errorName: "TermOutOfBounds",
		shortMessage: "the order's failBps is 10000; 1000 to 9000 is allowed",
	});
	assert.deepEqual(sent, []);
});

test("behavior: a wallet that holds too little is told how much is missing", async () => {
	const poor = testAccount(7);
	const order = { ...(await draft()), consumer: poor.address };
	await assert.rejects(postOrder(market.client(poor), { order, uri: "" }), {
		code: "insufficient-funds",
		shortMessage: `${poor.address} needs 0.50 dUSD more, and its wallet holds 0.00 dUSD; nothing was sent`,
	});
});

test("behavior: lists come from events alone", async () => {
	const client = market.client(consumer);
	const orders = await listOrders(client, { consumer: consumer.address });
	assert.ok(orders.length >= 4);
	assert.deepEqual(await getOrder(client, { orderId: orders[0]?.orderId ?? "0x" }), orders[0]);
	assert.deepEqual(await listNodes(client, { owner: owner.address }), [node.address, other.address]);
	assert.equal(
		(await getNode(client, { node: node.address })).status,
		"suspended",
		"slashed below its class's minimum",
	);
	assert.equal((await getNode(client, { node: other.address })).status, "active");
	await assert.rejects(getOrder(client, { orderId: zeroHash }), { code: "order-not-found" });
	await assert.rejects(getJobHistory(client, { orderId: orders[0]?.orderId ?? "0x", job: 1 }), {
		code: "job-not-found",
	});
});

test("behavior: watching reads the past, then what comes, each block once", async () => {
	const client = market.client(consumer);
	const stop = new AbortController();
	const ranges: [bigint, bigint][] = [];
	let posted = 0;
	const known = (await listOrders(client, { consumer: consumer.address })).length;
	for await (const range of watchEvents(client, { signal: stop.signal })) {
		ranges.push([range.fromBlock, range.toBlock]);
		posted += range.events.filter(({ eventName }) => eventName === "Posted").length;
		if (posted === known) await postOrder(client, { order: await draft(), uri: "" });
		if (posted === known + 1) stop.abort();
	}
	assert.equal(posted, known + 1);
	ranges.forEach(([from], index) => {
		const before = ranges[index - 1];
		assert.equal(from, before ? before[1] + 1n : 0n);
	});
});
