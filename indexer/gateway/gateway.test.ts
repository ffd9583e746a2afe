// What strangers may try at the public door. The mirror behind is a stand-in here, since a real one never misbehaves when
// wanted; test/gateway.test.ts asks a real one.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { problemSchema } from "depin/indexer";
import { until } from "../test/mirror.ts";
import { type StandIn, startStandIn } from "../test/standIn.ts";

const KEY = "a-key-of-sixteen-or-more";

suite("gateway", { timeout: 60_000 }, () => {
	let standIn: StandIn;
	let url: string;

	before(async () => {
		standIn = await startStandIn(
			({ url: path }, response) => {
				if (path.startsWith("/v1/broken")) return { status: 500, body: { secret: "a stack trace" } };
				if (path.startsWith("/v1/hangup")) return void response.destroy();
				if (path.startsWith("/v1/absent")) return { status: 404, body: { title: "There is nothing here" } };
				return { body: { path, count: standIn.asked.length } };
			},
			{
				trustedProxies: ["127.0.0.1"],
				limits: { perMinute: 6, burst: 20, requestMs: 500 },
				keys: [{ name: "bench", key: KEY, perMinute: 1_000_000 }],
			},
		);
		({ url } = standIn.gateway);
		await until(async () => (await fetch(`${url}/ready`)).ok);
	});
	after(() => standIn.close());

	/** As a client of its own, so that tests do not spend each other's budget. */
	let clients = 0;
	const ask = (path: string, init: RequestInit = {}, client = `203.0.113.${++clients}`) =>
		fetch(url + path, { ...init, headers: { "X-Forwarded-For": client, ...init.headers } });
	async function refused(answer: Response, status: number): Promise<string> {
		const problem = problemSchema.parse(await answer.json());
		assert.deepEqual([answer.status, problem.status], [status, status], problem.detail);
		assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
		return problem.detail ?? "";
	}

	test("default", async () => {
		const answer = await ask("/v1/orders?limit=2");
		assert.equal(((await answer.json()) as { path: string }).path, "/v1/orders?limit=2");
		assert.equal(answer.headers.get("depin-indexed-block"), "7");
		assert.equal(answer.headers.get("depin-indexer-lag"), "0");
		const ready = await fetch(`${url}/ready`);
		assert.deepEqual(await ready.json(), { ready: true, block: 7, lag: 0 });
	});

	test("behavior: an answer is kept while the mirror reads no further", async () => {
		const first = await ask("/v1/kept");
		const etag = first.headers.get("etag") ?? "";
		const again = await ask("/v1/kept", { headers: { "If-None-Match": `"other", ${etag}` } });
		assert.deepEqual([again.status, await again.text()], [304, ""]);
		const count = standIn.asked.filter(({ url: path }) => path === "/v1/kept").length;
		assert.equal(count, 1);
		standIn.blocks.mirror = standIn.blocks.chain = 8;
		await until(async () => ((await (await fetch(`${url}/ready`)).json()) as { block: number }).block === 8);
		const later = await ask("/v1/kept", { headers: { "If-None-Match": etag } });
		assert.equal(later.status, 200);
		assert.equal(later.headers.get("depin-indexed-block"), "8");
	});

	test("behavior: ready means at the head of the chain, and every answer says how far behind", async () => {
		standIn.blocks.chain = 100;
		await until(async () => (await fetch(`${url}/ready`)).status === 503);
		assert.equal((await ask("/v1/orders")).headers.get("depin-indexer-lag"), "92");
		standIn.blocks.chain = standIn.blocks.mirror;
		await until(async () => (await fetch(`${url}/ready`)).ok);
	});

	test("behavior: a client is held to its budget, a key to its own, and another client to neither", async () => {
		const answers = await Promise.all(Array.from({ length: 30 }, () => ask("/v1/orders", {}, "198.51.100.1")));
		const over = answers.filter(({ status }) => status === 429);
		assert.ok(over.length >= 8 && over.length <= 10, `${over.length} of 30 refused`);
		assert.match(await refused(over[0] as Response, 429), /wait \d+ s/);
		assert.ok(Number(over[0]?.headers.get("retry-after")) > 0);
		const keyed = await Promise.all(
			Array.from({ length: 60 }, () =>
				ask("/v1/orders", { headers: { Authorization: `Bearer ${KEY}` } }, "198.51.100.1"),
			),
		);
		assert.ok(keyed.every(({ status }) => status === 200));
		assert.equal((await ask("/v1/orders", {}, "198.51.100.2")).status, 200);
		await refused(await ask("/v1/orders", { headers: { Authorization: "Bearer wrong" } }), 401);
	});

	test("behavior: invented hops do not buy another budget", async () => {
		const answers = await Promise.all(
			Array.from({ length: 40 }, (_, index) => ask("/v1/orders", {}, `10.0.0.${index}, 8.8.8.${index}, 198.51.100.9`)),
		);
		assert.ok(answers.filter(({ status }) => status === 429).length >= 18);
	});

	test("behavior: nothing of a visitor's headers reaches the mirror", async () => {
		const spoofed = { Cookie: "a=b", Forwarded: "for=1.1.1.1", "X-Real-IP": "1.1.1.1", "X-Admin": "1" };
		await ask("/v1/headers", { headers: spoofed });
		const { headers } = standIn.asked.findLast(({ url: path }) => path === "/v1/headers") ?? { headers: {} };
		const names = Object.keys(headers);
		for (const name of ["cookie", "forwarded", "x-real-ip", "x-admin", "x-forwarded-for", "authorization"]) {
			assert.ok(!names.includes(name), name);
		}
	});

	test("behavior: bodies too large, compressed, or of another kind are refused unread", async () => {
		const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
			ask("/graphql", { method: "POST", body, headers: { "Content-Type": "application/json", ...headers } });
		assert.equal((await post('{"query":"{a}"}')).status, 200);
		await refused(await post(JSON.stringify({ query: "x".repeat(20_000) })), 413);
		const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(8_192).fill(97)) });
		const streamed = await ask("/graphql", {
			method: "POST",
			body: endless,
			headers: { "Content-Type": "application/json" },
			duplex: "half",
		} as RequestInit);
		await refused(streamed, 413);
		await refused(await post(new Uint8Array(gzipSync("{}")), { "Content-Encoding": "gzip" }), 415);
		await refused(await post("{}", { "Content-Type": "text/plain" }), 415);
		await refused(await post("{"), 400);
		await refused(await post(new Uint8Array([0x22, 0xff, 0x22])), 400);
		const passed = standIn.asked.filter(({ url: path, body }) => path === "/graphql" && !body.includes("events("));
		assert.deepEqual(
			passed.map(({ body }) => body),
			['{"query":"{a}"}'],
		);
	});

	test("behavior: a client that dribbles is cut off, in its head and in its body", async () => {
		const post = "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{";
		for (const start of ["GET /v1/orders HTTP/1.1\r\nHost: a\r\nX-Slow:", post]) {
			assert.match(await dribble(url, start), /^HTTP\/1\.1 408 /);
		}
	});

	test("behavior: what the mirror does wrong is told without its words", async () => {
		const answer = await ask("/v1/broken");
		assert.doesNotMatch(await refused(answer, 502), /stack/);
		await refused(await ask("/v1/hangup"), 503);
		assert.equal((await ask("/v1/absent")).status, 404);
	});

	test("behavior: no other door of the mirror is open", async () => {
		for (const path of ["/sql/live", "/status", "/", "/graphql", "/v2/orders"]) await refused(await ask(path), 404);
		for (const method of ["POST", "PUT", "DELETE"]) await refused(await ask("/v1/orders", { method }), 405);
		await refused(await ask(`/v1/orders?x=${"a".repeat(5_000)}`), 414);
	});

	test("behavior: metrics count what was refused", async () => {
		const text = await (await fetch(`${url}/metrics`)).text();
		assert.match(text, /depin_gateway_requests_total\{kind="orders",status="429"\} [1-9]/);
		assert.match(text, /depin_gateway_lag_blocks \d/);
	});
});

/** Sends `start`, then a byte every 50 ms, until the other side ends it; what it said. */
function dribble(url: string, start: string): Promise<string> {
	const { hostname, port } = new URL(url);
	return new Promise((settle) => {
		const socket = connect(Number(port), hostname, () => socket.write(start));
		const more = setInterval(() => socket.write(" "), 50);
		let heard = "";
		socket.on("data", (part) => {
			heard += part;
		});
		socket.on("error", () => {});
		socket.on("close", () => {
			clearInterval(more);
			settle(heard);
		});
	});
}
