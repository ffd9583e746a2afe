// `depin quote` with whatever is there: chain, indexer, both, neither. The indexer's numbers are its own tests' business.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { profileFolder, runCli } from "../../test/cli.ts";
import { type LocalMarket, startLocalMarket, testAccount } from "../../test/localMarket.ts";
import { type QuoteJson, type QuoteRequest, quoteRequestSchema } from "../indexer/quote.ts";

const JOB = `version: 1
image: ./anything
timeout: 60
resources: { cpus: 100 }
order: { price: "0.50" }
`;
const answer: QuoteJson = {
	block: 5,
	live: 3,
	constraints: [
		{ constraint: "class", asked: "1", passing: 3, remaining: 3 },
		{ constraint: "cpus", asked: "100", passing: 0, remaining: 0 },
		{ constraint: "maxPrice", asked: "500000", passing: 3, remaining: 0 },
	],
	free: 0,
	freeJobs: 0,
	relax: [
		{ changes: [{ constraint: "cpus", asked: "100", to: "8" }], gains: 2 },
		{ changes: [{ constraint: "maxPrice", asked: "500000", to: "900000" }], gains: 1 },
	],
	clears: null,
	clearsAll: null,
	start: { seconds: null, rampSeconds: null, claimSeconds: null, containerSeconds: null, samples: 0, warm: 0 },
	deterrence: { holds: false, auditBps: 0, neededBps: 8_889 },
};
const profiles = profileFolder();
const asked: QuoteRequest[] = [];
let market: LocalMarket;
let server: Server;
let job: string;

before(async () => {
	market = await startLocalMarket();
	await market.registerNode(testAccount(2), testAccount(3));
	server = createServer(async (request, response) => {
		let body = "";
		for await (const part of request) body += part;
		if (request.url === "/v1/quote") asked.push(quoteRequestSchema.parse(JSON.parse(body)));
		const known: Record<string, unknown> = {
			"/v1/quote": answer,
			"/v1/asset": { address: market.deployment.asset, symbol: "dUSD", decimals: 6 },
			"/v1/market": { totals: totals(), parameters: { minBondBps: "2000", feeBps: "200" }, arbiters: [] },
		};
		response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(known[request.url ?? ""]));
	});
	await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
	job = join(profiles.folder, "job.yaml");
	writeFileSync(job, JOB);
});
after(async () => {
	profiles[Symbol.dispose]();
	server.close();
	await market.stop();
});

function totals(): Record<string, string | number> {
	const amounts = ["free", "fees", "escrow", "staked", "deposited", "withdrawn", "spent", "refunded", "earned"];
	const more = ["feesPaid", "bounties", "slashed", "bonded", "forfeited", "awarded", "treasury", "pool"];
	const counts = ["orders", "jobsOk", "jobsFailed", "jobsReopened", "jobsExpired", "jobsVoided"];
	return {
		...Object.fromEntries([...amounts, ...more].map((name) => [name, "0"])),
		...Object.fromEntries(counts.map((name) => [name, 0])),
	};
}

const DEAD = "http://127.0.0.1:9";
function depin(parts: { chain: boolean; indexer?: string }, ...args: string[]) {
	const keyless = { ...profiles.of(market, testAccount(1)), key: undefined };
	const profile = profiles.write("quote", {
		...keyless,
		...(parts.chain ? {} : { rpcUrl: DEAD }),
		...(parts.indexer === undefined ? {} : { indexer: { url: parts.indexer } }),
	});
	return runCli(["quote", job, "--profile", profile, ...args]);
}
const indexer = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

test("default: the chain's figures, then which constraint to relax; no key is needed", async () => {
	const run = await depin({ chain: true, indexer: indexer() });
	assert.equal(run.code, 0, run.stderr);
	const lines = run.stdout.split("\n");
	assert.deepEqual(lines.slice(0, 2), [
		"at most    0.50 dUSD: held when posted, and the most you can lose",
		"active     1 node(s) in class 1, says the chain",
	]);
	assert.ok(lines.includes("           cpus 100: 3 to 0"), run.stdout);
	assert.ok(lines.includes("relax      cpus 100 to 8: 2 more node(s)"), run.stdout);
	assert.ok(lines.includes("relax      price 0.50 dUSD to 0.90 dUSD: 1 more node(s)"), run.stdout);
	assert.deepEqual([asked.at(-1)?.maxPrice, asked.at(-1)?.resources.cpus, asked.at(-1)?.maxRun], ["500000", 100, 960]);
});

test("behavior: without an indexer the chain's part is told alone", async () => {
	for (const url of [undefined, DEAD]) {
		const run = await depin({ chain: true, ...(url ? { indexer: url } : {}) }, "--json");
		assert.equal(run.code, 0, run.stderr);
		assert.deepEqual([run.json().mostYouCanLose, run.json().activeNodes, run.json().indexer], ["500000", 1, null]);
		assert.match(run.stderr, /indexer/);
	}
});

test("behavior: without a chain the indexer's part is told alone", async () => {
	const run = await depin({ chain: false, indexer: indexer() }, "--json");
	assert.equal(run.code, 0, run.stderr);
	assert.deepEqual([run.json().mostYouCanLose, run.json().indexer.relax.length], [null, 2]);
	assert.equal(run.json().order.bond, "100000");
});

test("behavior: an input named on the line is the one that nodes are asked for", async () => {
	const cid = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
	const run = await depin({ chain: true, indexer: indexer() }, "--input", `weights=${cid}`);
	assert.equal(run.code, 0, run.stderr);
	assert.deepEqual(asked.at(-1)?.contents, [cid]);
	const unnamed = await depin({ chain: true }, "--input", "weights");
	assert.equal(unnamed.code, 2);
	assert.match(unnamed.stderr, /--input.*'weights' is invalid\. Expected NAME=source/);
});

test("behavior: with neither it fails, and what is wrong in the file is told whatever is there", async () => {
	assert.equal((await depin({ chain: false, indexer: DEAD })).code, 1);
	writeFileSync(job, JOB.replace('price: "0.50"', "class: 1"));
	const unpriced = await depin({ chain: true, indexer: indexer() });
	assert.equal(unpriced.code, 2);
	assert.match(unpriced.stderr, /order\.price/);
});
