// `depin run` while chain or storage go away under it, at every step: it ends, says what that means, and nothing is lost or sent twice.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { profileFolder, runCli } from "../../test/cli.ts";
import { type LocalMarket, startLocalMarket, testAccount } from "../../test/localMarket.ts";
import { type LocalStorage, startLocalStorage } from "../../test/localStorage.ts";
import { listOrders } from "../actions/listOrders.ts";

const JOB = `version: 1
image: bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku
timeout: 60
match: exact
order: { price: "0.50" }
`;
const DEAD = "http://127.0.0.1:9";
const consumer = testAccount(1);
const profiles = profileFolder();
let market: LocalMarket;
let storage: LocalStorage;
let endpoint: Server;
/**
 * From this method on the endpoint is away. `taken`: it still does what it was asked, and only the answer is lost.
 * `back`: after so many lost requests it is there again.
 */
let cut: { method: string; taken: boolean; isAway: boolean; back?: number } | undefined;

before(async () => {
	[market, storage] = await Promise.all([startLocalMarket(), startLocalStorage()]);
	await market.mint(consumer, 1_000_000_000n);
	endpoint = createServer(async (request, response) => {
		let body = "";
		for await (const part of request) body += part;
		const { method }: { method: string } = JSON.parse(body);
		const isHere = cut !== undefined && !cut.isAway && cut.method === method;
		if (cut !== undefined && (cut.isAway || (isHere && !cut.taken))) {
			cut.isAway = true;
			if (cut.back !== undefined && --cut.back === 0) cut = undefined;
			return request.socket.destroy();
		}
		const headers = { "content-type": "application/json" };
		const answer = await fetch(market.rpcUrl, { method: "POST", headers, body });
		if (!isHere || !cut) return response.writeHead(200, headers).end(await answer.text());
		cut.isAway = true;
		return request.socket.destroy();
	});
	await new Promise<void>((listening) => endpoint.listen(0, "127.0.0.1", listening));
	writeFileSync(join(profiles.folder, "job.yaml"), JOB);
});
after(async () => {
	endpoint.close();
	endpoint.closeAllConnections();
	profiles[Symbol.dispose]();
	await Promise.all([market.stop(), storage.stop()]);
});

function run(parts: { storage?: string } = {}) {
	const { port } = endpoint.address() as AddressInfo;
	const profile = profiles.write("outages", {
		...profiles.of(market, consumer),
		rpcUrl: `http://127.0.0.1:${port}`,
		storage: { url: parts.storage ?? storage.url, token: storage.token },
		allowPrivateSources: true,
	});
	return runCli(["run", "job.yaml", "--json", "--profile", profile], { cwd: profiles.folder });
}

const orders = async () => (await listOrders(market.client(consumer), { consumer: consumer.address })).length;

test("default: with both there an order is posted", async () => {
	assert.equal((await run()).code, 0);
	assert.equal(await orders(), 1);
});

test("behavior: an endpoint lost before the transaction ends the command, and nothing was posted", async () => {
	const known = await orders();
	for (const method of ["eth_chainId", "eth_getCode", "eth_call", "eth_estimateGas", "eth_sendRawTransaction"]) {
		cut = { method, taken: false, isAway: false };
		const { code, stderr, json } = await run();
		cut = undefined;
		assert.equal(code, 1, `${method}: ${stderr}`);
		assert.equal(json().error.code, "rpc-unreachable", `${method}: ${stderr}`);
		assert.equal(await orders(), known, method);
	}
});

test("behavior: an endpoint lost after it took the transaction: it may be mined, says the command, and it is there once", async () => {
	const known = await orders();
	cut = { method: "eth_sendRawTransaction", taken: true, isAway: false };
	const unsure = await run();
	cut = undefined;
	assert.equal(unsure.code, 1, unsure.stderr);
	assert.match(unsure.stderr, /fell silent with a transaction on its way/);
	assert.match(unsure.stderr, /do not send it again before/);
	assert.equal(await orders(), known + 1);
});

test("behavior: an endpoint lost while a block is waited for is asked again, and the command goes on", async () => {
	const known = await orders();
	cut = { method: "eth_getTransactionReceipt", taken: false, isAway: false, back: 6 };
	const { code, stderr } = await run();
	assert.equal(cut, undefined, "it came back");
	assert.equal(code, 0, stderr);
	assert.match(stderr, /posting, sent 0x[0-9a-f]{64}/);
	assert.equal(await orders(), known + 1);
});

test("behavior: with storage away nothing is posted, and the storage is named", async () => {
	const known = await orders();
	const { code, stderr } = await run({ storage: DEAD });
	assert.equal(code, 1, stderr);
	assert.match(stderr, /127\.0\.0\.1:9/);
	assert.equal(await orders(), known);
});

test("behavior: two at once are two orders, or one that says why not", async () => {
	const known = await orders();
	const both = await Promise.all([run(), run()]);
	const posted = both.filter(({ code }) => code === 0);
	assert.ok(posted.length > 0, both.map(({ stderr }) => stderr).join("\n"));
	for (const { code, json, stderr } of both) if (code !== 0) assert.notEqual(json().error.code, "unexpected", stderr);
	assert.equal(await orders(), known + posted.length);
});
