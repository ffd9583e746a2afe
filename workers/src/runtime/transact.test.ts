import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createMarketClient, type MarketClient, MarketRefusedError, packTerms } from "depin";
import { claimJob, deposit, getNode, postOrder } from "depin/actions";
import type { Hash } from "viem";
import { type LocalMarket, startLocalMarket, testAccount } from "../../../sdk/test/localMarket.ts";
import { draft } from "../../test/orders.ts";
import { type FlakyLink, startProxy } from "../../test/proxy.ts";
import { until } from "../../test/until.ts";
import { isRetriable } from "./errors.ts";
import { TooLateError } from "./flight.ts";
import { createLog } from "./log.ts";
import { createTransactor, type Transactor } from "./transact.ts";

const LINK_PORT = 9813;
const owner = testAccount(2);
const node = testAccount(3);
const consumer = testAccount(1);
const log = createLog({ role: "test", level: "fatal" });
const stop = new AbortController();
let market: LocalMarket;
let link: FlakyLink;
let client: MarketClient;
let transactor: Transactor;

before(async () => {
	market = await startLocalMarket();
	link = await startProxy(LINK_PORT, Number(new URL(market.rpcUrl).port));
	await market.mint(consumer, 10n ** 12n);
	await market.registerNode(owner, node);
	await market.passTime(2);
	const { chainId, market: address, asset } = market.deployment;
	const rpcUrl = `http://127.0.0.1:${LINK_PORT}`;
	client = createMarketClient({ chainId, market: address, asset, rpcUrl, account: owner });
	transactor = createTransactor({ client, account: owner, signal: stop.signal, log, stuckAfterMs: 200 });
});
after(async () => {
	stop.abort();
	await link.stop();
	await market.stop();
});

const maxOpen = async () => (await getNode(market.client(owner), { node: node.address })).maxOpen;
const automine = (on: boolean) => raw("evm_setAutomine", [on]);
const mine = () => raw("evm_mine", []);

function raw(method: string, params: unknown[]): Promise<unknown> {
	const request = market.client(owner).request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
	return request({ method, params });
}

test("default: sends calls made at once in the order made, each with its own nonce", async () => {
	const sent: Hash[] = [];
	const beforeSend = (hash: Hash) => void sent.push(hash);
	const set = (n: number) => transactor.transact("setMaxOpen", [node.address, n], { beforeSend });
	const done = await Promise.all([set(1), set(2), set(3), set(4), set(5)]);
	assert.deepEqual(
		done.map((one) => one.status === "mined" && one.hash),
		sent,
	);
	assert.equal(await maxOpen(), 5);
});

test("behavior: what the Market refuses in simulation is never sent", async () => {
	const before = await client.getTransactionCount({ address: owner.address });
	let signed = 0;
	const beforeSend = () => void signed++;
	await assert.rejects(
		transactor.transact("setMaxOpen", [consumer.address, 1], { beforeSend }),
		(error) => error instanceof MarketRefusedError && error.errorName === "NodeUnknown" && !isRetriable(error),
	);
	assert.equal(signed, 0);
	assert.equal(await client.getTransactionCount({ address: owner.address }), before);
	assert.equal((await transactor.transact("setMaxOpen", [node.address, 6])).status, "mined");
});

test("behavior: a refusal because the effect stands already is a success", async () => {
	const wallet = market.client(consumer);
	const order = await draft(wallet);
	await postOrder(wallet, { order, uri: "" });
	await claimJob(market.client(node), { order, job: 0 });
	const asNode = createTransactor({
		client: market.client(node),
		account: node,
		signal: stop.signal,
		log,
	});
	const already = async () => true;
	const done = await asNode.transact("claim", [packTerms(order), 0], { already });
	assert.deepEqual(done, { status: "already" });
	await assert.rejects(
		asNode.transact("claim", [packTerms(order), 0], { already: async () => false }),
		MarketRefusedError,
	);
});

test("behavior: what is too late by the time it could be sent is not sent", async () => {
	await assert.rejects(transactor.transact("setMaxOpen", [node.address, 7], { tooLate: () => true }), TooLateError);
	assert.equal(await maxOpen(), 6);
});

test("behavior: a transaction that no block takes is sent again and then replaced by a dearer one", async () => {
	await automine(false);
	const hashes: Hash[] = [];
	const going = transactor.transact("setMaxOpen", [node.address, 8], { beforeSend: (hash) => void hashes.push(hash) });
	await until("a second, dearer transaction", () => hashes.length >= 2);
	await automine(true);
	await mine();
	const done = await going;
	assert.equal(done.status, "mined");
	assert.ok(done.status === "mined" && hashes.indexOf(done.hash) >= 1);
	assert.equal(await maxOpen(), 8);
	assert.equal((await transactor.transact("setMaxOpen", [node.address, 9])).status, "mined");
});

test("behavior: a nonce that somebody else used is noticed, and the next call goes through", async () => {
	const nonce = await client.getTransactionCount({ address: owner.address });
	await deposit(market.client(owner), { amount: 0n }).catch(() => {});
	await market.mint(owner, 5n);
	assert.ok((await client.getTransactionCount({ address: owner.address })) > nonce);
	assert.equal((await transactor.transact("setMaxOpen", [node.address, 10])).status, "mined");
	assert.equal(await maxOpen(), 10);
});

test("behavior: after a reorg that took a transaction back, the next call finds the right nonce", async () => {
	await automine(true);
	const snapshot = await raw("evm_snapshot", []);
	await transactor.transact("setMaxOpen", [node.address, 14]);
	await raw("evm_revert", [snapshot]);
	assert.equal(await maxOpen(), 10);
	assert.equal((await transactor.transact("setMaxOpen", [node.address, 15])).status, "mined");
	assert.equal(await maxOpen(), 15);
});

test("behavior: a lost connection while waiting for the block is waited out", async () => {
	await automine(false);
	let sent = false;
	const going = transactor.transact("setMaxOpen", [node.address, 11], {
		beforeSend: () => {
			sent = true;
		},
	});
	await until("the transaction is with the chain", async () => sent && (await pendingCount()) > 0);
	link.cut();
	await automine(true);
	await mine();
	link.mend();
	assert.equal((await going).status, "mined");
	assert.equal(await maxOpen(), 11);
});

async function pendingCount(): Promise<number> {
	const at = async (blockTag: "pending" | "latest") =>
		market.client(owner).getTransactionCount({ address: owner.address, blockTag });
	return (await at("pending")) - (await at("latest"));
}
