import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { type MarketClient, type Order, orderId } from "depin";
import {
	addStake,
	claimJob,
	deposit,
	getAccount,
	getJob,
	getNode,
	getReceipt,
	postOrder,
	settleJobs,
	submitResult,
} from "depin/actions";
import type { Hex } from "viem";
import { devnetAccounts } from "../../../deploy/devnet/accounts.ts";
import { type LocalMarket, startLocalMarket, testAccount } from "../../../sdk/test/localMarket.ts";
import { draft, PRICE, resultNow } from "../../test/orders.ts";
import { until } from "../../test/until.ts";

const KEEPER_PORT = 9815;
const STAKE = 100_000_000n;
const launcher = resolve(import.meta.dirname, "../../bin/depin-worker.js");
const consumer = testAccount(1);
const owner = testAccount(2);
const node = testAccount(3);
const keeperAccount = testAccount(10);
let dir: string;
let market: LocalMarket;
let client: MarketClient;
let worker: MarketClient;
let keeper: Keeper | undefined;

type Keeper = { child: ChildProcess; exited: Promise<number | null> };

before(async () => {
	dir = await mkdtemp(join(tmpdir(), "depin-keeper-"));
	market = await startLocalMarket();
	client = market.client(consumer);
	worker = market.client(node);
	await market.mint(consumer, 10n ** 12n);
	await market.registerNode(owner, node);
	// One test loses some of it, and less than the class's minimum suspends a node.
	await market.mint(owner, STAKE);
	await deposit(market.client(owner), { amount: STAKE });
	await addStake(market.client(owner), { node: node.address, amount: STAKE });
	await market.passTime(2);
	await writeConfig({});
	await startKeeper();
});
after(async () => {
	await end("SIGKILL");
	await market.stop();
	await rm(dir, { recursive: true, force: true });
});

async function writeConfig(over: Record<string, unknown>) {
	await writeFile(join(dir, "keeper.key"), devnetAccounts(0).keeper.key, { mode: 0o600 });
	const chain = { rpcUrl: market.rpcUrl, wsUrl: market.rpcUrl.replace("http", "ws"), market: market.deployment.market };
	const config = { chain, key: { file: "keeper.key" }, listen: { port: KEEPER_PORT }, everySeconds: 0.1, ...over };
	await writeFile(join(dir, "keeper.json"), JSON.stringify(config));
}

async function startKeeper(): Promise<void> {
	const child = spawn(process.execPath, [launcher, "keeper", "--config", join(dir, "keeper.json")]);
	let said = "";
	child.stdout.on("data", (chunk) => {
		said += chunk;
	});
	child.stderr.on("data", (chunk) => {
		said += chunk;
	});
	const exited = new Promise<number | null>((done) => child.once("exit", done));
	keeper = { child, exited };
	await until(`a keeper that is ready; it said ${said}`, async () => {
		if (child.exitCode !== null) throw new Error(`the keeper ended: ${said}`);
		return fetch(`http://127.0.0.1:${KEEPER_PORT}/ready`).then(
			(answer) => answer.ok,
			() => false,
		);
	});
}

async function end(signal: NodeJS.Signals): Promise<number | null | undefined> {
	keeper?.child.kill(signal);
	return keeper?.exited;
}

async function post(choices: Parameters<typeof draft>[1] = {}, lots = 1): Promise<{ order: Order; id: Hex }> {
	const order = await draft(client, choices, lots);
	await postOrder(client, { order, uri: "" });
	return { order, id: orderId(client.deployment, order) };
}

async function runJob(order: Order, job: number) {
	await claimJob(worker, { order, job });
	await submitResult(worker, { order, job, result: await resultNow(worker) });
}

const isPaid = async (order: Order, job: number) => (await getJob(client, { order, job })).state === "paid";
const keeperNonce = () => client.getTransactionCount({ address: keeperAccount.address });

test("default: a result nobody accepted is settled once its window is over, and its node is paid", async () => {
	const { order } = await post();
	const before = await getAccount(client, { account: owner.address });
	await runJob(order, 0);
	await market.passTime(60);
	await until("the job is paid", () => isPaid(order, 0));
	const paid = await getAccount(client, { account: owner.address });
	assert.equal(paid.free + paid.fees - before.free - before.fees, PRICE);
});

test("behavior: the results of one order are settled in one call", async () => {
	const { order } = await post({}, 4);
	for (const job of [0, 1, 2, 3]) await runJob(order, job);
	const nonce = await keeperNonce();
	await market.passTime(60);
	for (const job of [0, 1, 2, 3]) await until(`job ${job} is paid`, () => isPaid(order, job));
	assert.equal(await keeperNonce(), nonce + 1);
});

test("behavior: a silent node's job is reopened, and the keeper earns its fifth", async () => {
	const { order } = await post();
	const { free } = await getAccount(client, { account: keeperAccount.address });
	const stake = (await getNode(client, { node: node.address })).stake;
	await claimJob(worker, { order, job: 0 });
	await market.passTime(order.maxRun + 1);
	await until("the job is open again", async () => (await getJob(client, { order, job: 0 })).state === "open");
	const lost = stake - (await getNode(client, { node: node.address })).stake;
	assert.ok(lost > 0n);
	assert.equal((await getAccount(client, { account: keeperAccount.address })).free - free, lost / 5n);
});

test("behavior: an order that nobody took in time is closed and refunded", async () => {
	const { order } = await post({ openFor: 100 }, 2);
	const funded = await getAccount(client, { account: consumer.address });
	await market.passTime(101);
	await until("the order is closed", async () => (await getJob(client, { order, job: 1 })).state === "void");
	const refunded = await getAccount(client, { account: consumer.address });
	assert.equal(refunded.free - funded.free, PRICE * 2n);
});

test("behavior: a keeper killed at any moment goes on from its journal and sends nothing twice", async () => {
	const { order } = await post({}, 3);
	await runJob(order, 0);
	await end("SIGKILL");
	await runJob(order, 1);
	await runJob(order, 2);
	await settleJobs(client, {
		order,
		receipts: [(await getReceipt(client, { orderId: orderId(client.deployment, order), job: 1 })).receipt],
	});
	await market.passTime(60);
	const nonce = await keeperNonce();
	await startKeeper();
	await until("job 0 is paid", () => isPaid(order, 0));
	await until("job 2 is paid", () => isPaid(order, 2));
	assert.equal(await keeperNonce(), nonce + 1);
});

test("behavior: without its journal it reads everything again and does the same", async () => {
	const { order } = await post();
	await runJob(order, 0);
	await end("SIGKILL");
	await rm(join(dir, "state"), { recursive: true });
	await market.passTime(60);
	await startKeeper();
	await until("the job is paid", () => isPaid(order, 0));
});

test("behavior: a job that a reorg took back is settled again", async () => {
	const { order } = await post();
	await runJob(order, 0);
	await market.passTime(60 - 10);
	const request = client.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
	const snapshot = await request({ method: "evm_snapshot", params: [] });
	await market.passTime(10);
	await until("the job is paid", () => isPaid(order, 0));
	await request({ method: "evm_revert", params: [snapshot] });
	assert.equal(await isPaid(order, 0), false);
	await market.passTime(60);
	await until("the job is paid on the other branch", () => isPaid(order, 0));
});

test("behavior: SIGTERM ends it with 0; fees worth the gas are swept by the next run", async () => {
	assert.equal(await end("SIGTERM"), 0);
	const { fees } = await getAccount(client, { account: owner.address });
	assert.ok(fees > 0n);
	await writeConfig({ sweepFrom: "1", sweepEverySeconds: 1 });
	await startKeeper();
	await until("the fees are swept", async () => (await getAccount(client, { account: owner.address })).fees === 0n);
});

test("behavior: a taken port is exit 1 with one line that says what to do", async () => {
	await writeConfig({ stateDir: "other" });
	const second = spawn(process.execPath, [launcher, "keeper", "--config", join(dir, "keeper.json")]);
	let said = "";
	second.stdout.on("data", (chunk) => {
		said += chunk;
	});
	assert.equal(await new Promise((done) => second.once("exit", done)), 1);
	assert.match(said, new RegExp(`port ${KEEPER_PORT} on 127.0.0.1 is taken`));
});
