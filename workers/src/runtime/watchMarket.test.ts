import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createMarketClient, type MarketClient } from "depin";
import { deposit } from "depin/actions";
import { type LocalMarket, startLocalMarket, testAccount } from "../../../sdk/test/localMarket.ts";
import { type FlakyLink, startProxy } from "../../test/proxy.ts";
import { until } from "../../test/until.ts";
import { type Cursor, decodeCursor, encodeCursor } from "./cursor.ts";
import { createLog } from "./log.ts";
import { type MarketEvent, type MarketUpdate, watchMarket } from "./watchMarket.ts";

const PROXY_PORT = 9811;
const payer = testAccount(1);
const silent = createLog({ role: "test", level: "fatal" });
let market: LocalMarket;
let proxy: FlakyLink;
let client: MarketClient;
let wallet: MarketClient;

before(async () => {
	market = await startLocalMarket();
	proxy = await startProxy(PROXY_PORT, Number(new URL(market.rpcUrl).port));
	await market.mint(payer, 10n ** 12n);
	wallet = market.client(payer);
	const { chainId, market: address, asset } = market.deployment;
	client = createMarketClient({ chainId, market: address, asset, rpcUrl: `http://127.0.0.1:${PROXY_PORT}` });
	await deposit(wallet, { amount: 1n });
});
after(async () => {
	await proxy.stop();
	await market.stop();
});

type Follower = {
	updates: MarketUpdate[];
	/** Amounts of deposits as somebody who honours reorgs would have them. */
	amounts(): bigint[];
	cursor(): Cursor;
	stop(): Promise<void>;
};

function follow(options: { cursor?: Cursor; ws?: boolean; span?: bigint; failOnce?: () => boolean } = {}): Follower {
	const stop = new AbortController();
	const updates: MarketUpdate[] = [];
	let events: MarketEvent[] = [];
	let cursor: Cursor = options.cursor ?? [];
	const ended = watchMarket({
		client,
		wsUrl: options.ws ? `ws://127.0.0.1:${PROXY_PORT}` : undefined,
		cursor: options.cursor,
		signal: stop.signal,
		log: silent,
		pollMs: 20,
		...(options.span ? { span: options.span } : {}),
		handle: async (update) => {
			if (options.failOnce?.()) throw Object.assign(new Error("busy"), { retriable: true });
			updates.push(update);
			cursor = decodeCursor(encodeCursor(update.cursor));
			if (update.kind === "events") events.push(...update.events);
			else events = events.filter((event) => event.blockNumber <= update.toBlock);
		},
	});
	return {
		updates,
		amounts: () => events.flatMap((event) => (event.eventName === "Deposited" ? [event.args.amount] : [])),
		cursor: () => cursor,
		stop: async () => {
			stop.abort();
			await ended;
		},
	};
}

const pay = async (...amounts: bigint[]) => {
	for (const amount of amounts) await deposit(wallet, { amount });
};

/** What the chain itself says was deposited. */
async function paid(): Promise<bigint[]> {
	const all = follow({ span: 3n });
	const head = await client.getBlockNumber({ cacheTime: 0 });
	await until("reading the whole chain in small spans", () => all.cursor().at(-1)?.number === head);
	await all.stop();
	return all.amounts();
}

test("default: back-fills, then follows over the WebSocket, in order, without gap or repeat", async () => {
	await pay(2n, 3n);
	const follower = follow({ ws: true });
	await until("the back-fill", () => follower.amounts().length >= 3);
	await pay(4n, 5n, 6n);
	await until("the live events", () => follower.amounts().at(-1) === 6n);
	assert.deepEqual(follower.amounts(), await paid());
	const heads = follower.updates.map((update) => (update.kind === "events" ? update.head.number : -1n));
	assert.deepEqual(
		heads,
		[...heads].sort((a, b) => Number(a - b)),
	);
	assert.equal(new Set(heads).size, heads.length);
	await follower.stop();
});

test("behavior: a cursor goes on exactly where the last run stopped", async () => {
	const first = follow();
	await pay(10n);
	await until("the first run's event", () => first.amounts().at(-1) === 10n);
	await first.stop();
	await pay(11n, 12n);
	const second = follow({ cursor: first.cursor() });
	await until("the second run's events", () => second.amounts().at(-1) === 12n);
	assert.deepEqual(second.amounts(), [11n, 12n]);
	await second.stop();
});

test("behavior: a restart on a quiet chain is told the head at once", async () => {
	const first = follow();
	await until("the first run has caught up", () =>
		first.updates.some((update) => "caughtUp" in update && update.caughtUp),
	);
	await first.stop();
	const second = follow({ cursor: first.cursor() });
	const update = await until("the second run's first update", () => second.updates[0]);
	assert.ok(update.kind === "events" && update.caughtUp && update.events.length === 0);
	assert.deepEqual(update.cursor, first.cursor());
	await second.stop();
});

test("behavior: a broken socket and a broken RPC lose nothing", async () => {
	const follower = follow({ ws: true });
	const expected = await paid();
	await until("the back-fill", () => follower.amounts().length === expected.length);
	proxy.cut();
	await pay(20n, 21n);
	proxy.mend();
	await until("what happened meanwhile", () => follower.amounts().at(-1) === 21n);
	await pay(22n);
	await until("what happens after", () => follower.amounts().at(-1) === 22n);
	assert.deepEqual(follower.amounts(), [...expected, 20n, 21n, 22n]);
	await follower.stop();
});

test("behavior: a socket that died without a word is noticed by polling and replaced", async () => {
	const follower = follow({ ws: true });
	const expected = await paid();
	await until("the back-fill", () => follower.amounts().length === expected.length);
	await pay(30n);
	await until("the socket is in use", () => follower.amounts().at(-1) === 30n);
	proxy.freeze();
	const before = proxy.connections;
	await pay(31n);
	await until("the event behind the frozen socket", () => follower.amounts().at(-1) === 31n);
	await until("a new connection", () => proxy.connections > before);
	await follower.stop();
});

test("behavior: a reorg is told with the last common block, and what replaced it is read", async () => {
	const chain = rpc(client);
	await pay(40n);
	const snapshot = await chain("evm_snapshot", []);
	const common = await client.getBlockNumber({ cacheTime: 0 });
	await pay(41n, 42n);
	const follower = follow({ ws: true });
	await until("the branch that will be dropped", () => follower.amounts().at(-1) === 42n);
	await chain("evm_revert", [snapshot]);
	await pay(43n);
	await until("the branch that replaced it", () => follower.amounts().at(-1) === 43n);
	const reorg = follower.updates.find((update) => update.kind === "reorg");
	assert.ok(reorg && reorg.toBlock <= common, `told ${reorg?.toBlock}, common was ${common}`);
	assert.deepEqual(follower.amounts(), await paid());
	assert.ok(!follower.amounts().includes(41n) && !follower.amounts().includes(42n));
	await follower.stop();
});

test("behavior: an update whose handling fails for the moment comes again", async () => {
	let failed = false;
	const failOnce = () => {
		if (failed) return false;
		failed = true;
		return true;
	};
	const follower = follow({ failOnce });
	const expected = await paid();
	await until("everything after the failure", () => follower.amounts().length === expected.length);
	assert.deepEqual(follower.amounts(), expected);
	await follower.stop();
});

/** Calls that viem's types do not know. */
function rpc({ request }: MarketClient) {
	const raw = request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
	return (method: string, params: unknown[]) => raw({ method, params });
}
