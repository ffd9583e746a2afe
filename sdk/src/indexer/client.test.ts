import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import { after, before, test } from "node:test";
import { createIndexerClient } from "./client.ts";
import type { ProblemJson } from "./problems.ts";
import type { AccountJson, PageJson, PaymentJson } from "./types.ts";

const account: AccountJson = {
	address: "0x00000000000000000000000000000000000000aa",
	free: "12345678901234567890",
	fees: "0",
	escrow: "0",
	staked: "0",
	deposited: "1",
	withdrawn: "0",
	spent: "0",
	refunded: "0",
	earned: "0",
	feesPaid: "0",
	bounties: "0",
	slashed: "0",
	bonded: "0",
	forfeited: "0",
	awarded: "0",
	sinceBlock: 7,
	sinceTime: 1_795_204_867,
};
const payments: PageJson<PaymentJson> = { items: [], nextCursor: "abc" };
const problem: ProblemJson = { type: "about:blank", title: "Not Found", status: 404, detail: "no such account" };

const asked: string[] = [];
const server = createServer((request, response) => {
	asked.push(request.url ?? "");
	const [path] = (request.url ?? "").split("?");
	if (path === "/v1/accounts/0xaa") return answer(response, 200, account);
	if (path === "/v1/accounts/0xbb") return answer(response, 200, { ...account, free: 5 });
	if (path === "/v1/payments") return answer(response, 200, payments);
	return answer(response, 404, problem);
});
let url: string;

function answer(response: ServerResponse, status: number, body: unknown): void {
	response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

before(async () => {
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const address = server.address();
	assert.ok(typeof address === "object" && address);
	url = `http://127.0.0.1:${address.port}`;
});
after(() => new Promise((done) => server.close(done)));

test("default: amounts arrive as bigint, whatever their size", async () => {
	const { free, sinceBlock } = await createIndexerClient({ url }).account("0xaa");
	assert.equal(free, 12_345_678_901_234_567_890n);
	assert.equal(sinceBlock, 7);
});

test("behavior: a query and its cursor travel in the address", async () => {
	const page = await createIndexerClient({ url }).payments({ account: "0xaa", limit: 5, cursor: "x/y" });
	assert.equal(page.nextCursor, "abc");
	assert.equal(asked.at(-1), "/v1/payments?account=0xaa&limit=5&cursor=x%2Fy");
});

test("behavior: a problem document is thrown with its own words", async () => {
	await assert.rejects(createIndexerClient({ url }).order("0x1"), {
		code: "indexer-problem",
		status: 404,
		shortMessage: "the indexer answered 404 Not Found: no such account",
	});
});

test("behavior: an answer of another shape is refused, not passed on", async () => {
	await assert.rejects(createIndexerClient({ url }).account("0xbb"), { code: "indexer-answer" });
});

test("behavior: an indexer that does not answer is retriable", async () => {
	await assert.rejects(createIndexerClient({ url: "http://127.0.0.1:9" }).status(), {
		code: "indexer-unreachable",
		retriable: true,
	});
});
