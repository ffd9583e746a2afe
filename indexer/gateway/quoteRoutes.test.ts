// From a node's signed word to a consumer's answer, over HTTP.
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { createGatewayClient, type QuoteRequest, signHeartbeat } from "depin/indexer";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { heartbeat } from "../../sdk/src/indexer/heartbeat.fixture.ts";
import { until } from "../test/mirror.ts";
import { nodeRow } from "../test/rows.ts";
import { market, type StandIn, startStandIn } from "../test/standIn.ts";

const deployment = { chainId: 31_337, market };
const alive = privateKeyToAccount(generatePrivateKey());
const suspended = privateKeyToAccount(generatePrivateKey());
const draining = privateKeyToAccount(generatePrivateKey());
const order: QuoteRequest = {
	class: 1,
	startPrice: "500",
	maxPrice: "500",
	maxRun: 1_500,
	bond: "50",
	resources: { cpus: 2, memoryMiB: 1_024, gpus: 0, diskMiB: 100 },
};

suite("quote", { timeout: 60_000 }, () => {
	let standIn: StandIn;
	const rows = [
		nodeRow({ address: alive.address.toLowerCase() }),
		nodeRow({ address: suspended.address.toLowerCase(), status: "suspended" }),
		nodeRow({ address: draining.address.toLowerCase() }),
	];

	before(async () => {
		standIn = await startStandIn(({ url }) => {
			const { pathname, searchParams } = new URL(url, "http://mirror");
			const single = rows.find(({ address }) => pathname.endsWith(address));
			if (single) return { body: single };
			const at = Number(searchParams.get("cursor") ?? 0);
			if (pathname === "/v1/nodes") {
				return { body: { items: rows.slice(at, at + 1), nextCursor: at + 1 < rows.length ? String(at + 1) : null } };
			}
			if (pathname === "/v1/market") return { status: 404, body: {} };
			return { body: { items: [], nextCursor: null } };
		});
		await until(async () => (await fetch(`${standIn.gateway.url}/ready`)).ok);
		for (const account of [alive, suspended, draining]) {
			const signed = await signHeartbeat(deployment, account, heartbeat({ draining: account === draining }));
			const answer = await fetch(`${standIn.gateway.url}/v1/nodes/${account.address}/heartbeat`, {
				method: "POST",
				headers: { "Content-Type": "application/json" },
				body: JSON.stringify(signed),
			});
			assert.equal(answer.status, 202);
		}
	});
	after(() => standIn.close());

	test("default", async () => {
		const client = createGatewayClient({ url: standIn.gateway.url });
		const answer = await client.quote(order);
		assert.deepEqual([answer.block, answer.live, answer.free, answer.clears], [7, 1, 1, 0n]);
		const impossible = await client.quote({ ...order, resources: { ...order.resources, cpus: 100 } });
		assert.deepEqual(impossible.relax, [{ changes: [{ constraint: "cpus", asked: "100", to: "8" }], gains: 1 }]);
	});

	test("behavior: a question that cannot be understood is refused by field", async () => {
		const client = createGatewayClient({ url: standIn.gateway.url });
		const wrong: [string, object][] = [
			["maxPrice", { maxPrice: "0.5" }],
			["resources.cpus", { resources: { ...order.resources, cpus: -1 } }],
			["jobs", { jobs: 0 }],
			["node", { node: "me" }],
		];
		for (const [path, change] of wrong) {
			await assert.rejects(client.quote({ ...order, ...change } as QuoteRequest), (error: Error) => {
				assert.match(error.message, new RegExp(`answered 400 .*: ${path.replace(".", "\\.")}: `));
				return true;
			});
		}
	});
});
