// What a stranger writes by hand, past every client that would tidy it up: headers that claim to be somebody else, paths
// that climb, questions without end. The mirror behind is a stand-in that tells what reached it.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, suite, test } from "node:test";
import { problemSchema } from "depin/indexer";
import { until } from "../test/mirror.ts";
import { type StandIn, startStandIn } from "../test/standIn.ts";

const BURST = 30;
const PER_SECOND = 10;

suite("hostile", { timeout: 60_000 }, () => {
	let standIn: StandIn;
	let held: (() => void)[] = [];

	before(async () => {
		standIn = await startStandIn(
			({ body, url }, response) => {
				if (!body.includes("slow")) return { body: { path: url } };
				held.push(() => response.end("{}"));
				return undefined;
			},
			{
				limits: { perMinute: 60 * PER_SECOND, burst: BURST },
				keys: [
					{ name: "a", key: "a".repeat(16), perMinute: 6_000_000 },
					{ name: "b", key: "b".repeat(16), perMinute: 1 },
				],
			},
		);
		await until(async () => (await fetch(`${standIn.gateway.url}/ready`)).ok);
	});
	after(() => standIn.close());

	const KEY = `Bearer ${"a".repeat(16)}`;
	const ask = (path: string, headers: Record<string, string> = {}) =>
		fetch(standIn.gateway.url + path, { headers: { Authorization: KEY, ...headers } });
	/** A request as it is written here; the whole answer. */
	const raw = (first: string, ...lines: string[]) =>
		new Promise<{ status: number; text: string }>((settle, reject) => {
			const { hostname, port } = new URL(standIn.gateway.url);
			const socket = connect(Number(port), hostname, () =>
				socket.write(`${[first, "Connection: close", ...lines].join("\r\n")}\r\n\r\n`),
			);
			let text = "";
			socket.on("data", (part) => {
				text += part;
			});
			socket.on("error", reject);
			socket.on("close", () => settle({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text }));
		});

	test("default", async () => {
		assert.equal((await raw("GET /v1/orders HTTP/1.1", "Host: a", `Authorization: ${KEY}`)).status, 200);
	});

	test(`behavior: header spoofing: ${2 * BURST} addresses claimed by a peer that is no proxy of ours share its budget`, async () => {
		const began = performance.now();
		const answers = await Promise.all(
			Array.from({ length: 2 * BURST }, (_, index) =>
				fetch(`${standIn.gateway.url}/v1/orders`, {
					headers: {
						"X-Forwarded-For": `203.0.113.${index}`,
						"X-Real-IP": `203.0.113.${index}`,
						Forwarded: `for=203.0.113.${index}`,
					},
				}),
			),
		);
		const through = answers.filter(({ ok }) => ok).length;
		const earned = Math.ceil(((performance.now() - began) / 1000) * PER_SECOND);
		assert.ok(through >= BURST - 1 && through <= BURST + earned, `${through} of ${2 * BURST} were let through`);
	});

	test("behavior: guessing keys is held to the guesser's budget", async () => {
		const statuses = new Set<number>();
		await until(async () => {
			const guess = `Bearer guess-${Math.random()}`;
			statuses.add((await fetch(`${standIn.gateway.url}/v1/orders`, { headers: { Authorization: guess } })).status);
			return statuses.has(429);
		});
		assert.deepEqual(
			[...statuses].filter((status) => status !== 429 && status !== 401),
			[],
		);
	});

	const hosts = [
		"evil.example",
		"evil.example:99999",
		"[::1",
		"a b",
		"",
		"evil.example/x?y#z",
		"http://evil.example",
		"\u00e9",
	];
	test(`behavior: header spoofing: ${hosts.length} hosts that we are not change nothing of what is said`, async () => {
		for (const host of hosts) {
			const { status, text } = await raw("GET /v1/orders HTTP/1.1", `Host: ${host}`, `Authorization: ${KEY}`);
			assert.ok(status === 200 || status === 400, `${host}: ${text.slice(0, 200)}`);
			assert.ok(host === "" || !text.includes("evil.example"), text);
		}
	});

	const climbing = [
		...["/v1/../status", "/v1/%2e%2e/status", "/v1/%2E%2E/metrics", "/v1/x/../../graphql", "/v1/.%2e/sql/live"],
		...[
			"//evil.example/v1/orders",
			"/v1//../../status",
			"/v1/..%2f..%2fstatus",
			"/v1\\..\\status",
			"http://evil.example/status",
		],
	];
	test(`behavior: ${climbing.length} paths that climb reach no other door of the mirror`, async () => {
		const before = standIn.asked.length;
		for (const path of climbing) {
			const { status, text } = await raw(`GET ${path} HTTP/1.1`, "Host: a", `Authorization: ${KEY}`);
			assert.ok(status === 404 || status === 400 || status === 200, `${path}: ${text.slice(0, 200)}`);
		}
		const reads = standIn.asked.slice(before).filter(({ method }) => method === "GET");
		for (const { url } of reads) {
			assert.ok(new URL(url, "http://mirror").pathname.startsWith("/v1/"), url);
		}
	});

	const smuggled: [about: string, lines: string[]][] = [
		["two lengths", ["Content-Length: 2", "Content-Length: 3", "", "{}"]],
		["a length and chunks", ["Content-Length: 2", "Transfer-Encoding: chunked", "", "0", ""]],
		["an unknown coding", ["Transfer-Encoding: gzip", "", "{}"]],
	];
	for (const [about, lines] of smuggled) {
		test(`behavior: a request of ${about} is refused`, async () => {
			const head = ["Host: a", `Authorization: ${KEY}`, "Content-Type: application/json"];
			assert.equal((await raw("POST /graphql HTTP/1.1", ...head, ...lines)).status, 400);
		});
	}

	test("behavior: headers beyond their room are refused", async () => {
		assert.equal((await raw("GET /v1/orders HTTP/1.1", "Host: a", `X-Long: ${"a".repeat(20_000)}`)).status, 431);
	});

	test("behavior: GraphQL of strangers leaves room for all other reads", async () => {
		const post = () =>
			fetch(`${standIn.gateway.url}/graphql`, {
				method: "POST",
				headers: { Authorization: KEY, "Content-Type": "application/json" },
				body: JSON.stringify({ query: "{ slow }" }),
			});
		const asking = Array.from({ length: 40 }, post);
		const first = await Promise.any(asking);
		assert.equal(first.status, 503);
		assert.ok(first.headers.get("retry-after"));
		problemSchema.parse(await first.json());
		await until(async () => held.length === 16);
		assert.equal((await ask("/v1/orders?limit=3")).status, 200);
		for (const release of held.splice(0)) release();
		held = [];
		const answers = await Promise.all(asking);
		assert.equal(answers.filter(({ status }) => status === 200).length, 16);
	});

	const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
	test(`behavior: a quote with ${names.length} names of every object's own is refused by name`, async () => {
		for (const name of names) {
			const answer = await fetch(`${standIn.gateway.url}/v1/quote`, {
				method: "POST",
				headers: { Authorization: KEY, "Content-Type": "application/json" },
				body: `{ "${name}": { "class": 1 } }`,
			});
			assert.equal(answer.status, 400);
			const { errors = [] } = problemSchema.parse(await answer.json());
			assert.ok(errors.some(({ path }) => path === "class"));
		}
	});
});
