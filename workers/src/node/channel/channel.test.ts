// A node's channel over real HTTP, with the chain and the journal it has in a node, met by whoever wants in.
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { ACCESS_LASTS, encodeChannelAccess, followLogs, signLogLines } from "depin/channel";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { testClient } from "../../../../deploy/devnet/chain.ts";
import { testAccount } from "../../../../sdk/test/localMarket.ts";
import { until } from "../../../test/until.ts";
import { type HttpService, serve } from "../../runtime/http.ts";
import { createLogBook } from "./logBook.ts";
import { createLogStream } from "./logStream.ts";
import { soon, startTestChannel, type TestChannel, text, transcript } from "./testChannel.ts";

let channel: TestChannel;
let http: HttpService;
before(async () => {
	channel = await startTestChannel();
	http = await serve(channel.app, { listen: { host: "127.0.0.1", port: 0 }, maxConnections: 128 });
});
after(async () => {
	await http.close();
	await channel.stop();
});

const never = new AbortController().signal;
const key = () => ({ orderId: channel.orderId, job: 0 });

/** Resolves when the reader is in, with what it will have been told. */
async function follow(after?: string): Promise<{ told: Promise<string[]> }> {
	const { deployment } = channel.market;
	const access = await channel.grant();
	const { promise, resolve } = Promise.withResolvers<void>();
	const parameters = { url: http.url, deployment, job: 0, access, signal: never, onState: () => resolve() };
	const told = transcript(followLogs({ ...parameters, ...(after !== undefined && { after }) }));
	await Promise.race([promise, told]);
	return { told };
}

async function ask(
	authorization: string | undefined,
	job = `${channel.orderId}/0`,
	headers: Record<string, string> = {},
) {
	const url = `${http.url}/v1/jobs/${job}/logs`;
	const response = await fetch(url, { headers: { ...headers, ...(authorization && { authorization }) } });
	if (response.status === 200) {
		await response.body?.cancel();
		return { status: 200, title: "" };
	}
	const { title } = (await response.json()) as { title: string };
	return { status: response.status, title };
}

test("default", async () => {
	const log = channel.book.open(key());
	const tap = log.tap(0);
	tap.write(text("one\ntwo\n"));
	const { told } = await follow();
	tap.write(text("three"));
	tap.end(true);
	channel.book.close(key(), "ended");
	assert.deepEqual(await told, ["0.0 one", "0.1 two", "0.2 three", "truncated", "end: ended"]);
});

test("behavior: a reader who was away goes on right where it was", async () => {
	const tap = channel.book.open(key()).tap(3);
	tap.write(text("a\nb\nc\n"));
	const { told } = await follow("3.2");
	tap.end(false);
	channel.book.close(key(), "ended");
	assert.deepEqual(await told, ["3.2 c", "end: ended"]);
});

test("behavior: a node that has just started asks for patience; the log of a job that is over ends at once", async () => {
	const orderId = await channel.claimFor(channel.consumer.address);
	const access = await channel.grant({ orderId });
	const job = `${orderId}/0`;
	assert.deepEqual(await ask(encodeChannelAccess(access), job), { status: 503, title: "not-ready" });
	channel.works.update({ orderId, job: 0 }, { step: "submitted" });
	const { deployment } = channel.market;
	assert.deepEqual(await transcript(followLogs({ url: http.url, deployment, job: 0, access, signal: never })), [
		"end: ended",
	]);
});

test("behavior: nobody else gets in, and each is told why", async () => {
	channel.book.open(key());
	const { grant } = channel;
	const strangers = await channel.claimFor(testAccount(7).address);
	const now = Math.floor(Date.now() / 1000);
	const good = await grant();
	const cases: [string, { status: number; title: string }, string | undefined, string?][] = [
		["unsigned", { status: 401, title: "access-missing" }, undefined],
		["no grant", { status: 401, title: "access-invalid" }, "Bearer abc"],
		["not base64", { status: 401, title: "access-invalid" }, "Depin %%%"],
		["no JSON", { status: 401, title: "access-invalid" }, "Depin aGVsbG8"],
		["expired", { status: 401, title: "access-expired" }, encodeChannelAccess(await grant({ expiresAt: now - 1 }))],
		[
			"for ever",
			{ status: 401, title: "access-invalid" },
			encodeChannelAccess(await grant({ expiresAt: now + ACCESS_LASTS + 60 })),
		],
		[
			"longer than was signed",
			{ status: 403, title: "access-denied" },
			encodeChannelAccess({ ...good, expiresAt: soon() + 9 }),
		],
		["wrong signer", { status: 403, title: "access-denied" }, encodeChannelAccess(await grant({}, testAccount(7)))],
		[
			"no point of the curve",
			{ status: 403, title: "access-denied" },
			encodeChannelAccess({ ...good, signature: `0x${"00".repeat(65)}` }),
		],
		[
			"for another node",
			{ status: 403, title: "access-denied" },
			encodeChannelAccess(await grant({ node: testAccount(9).address })),
		],
		[
			"replayed for another order",
			{ status: 403, title: "access-denied" },
			encodeChannelAccess(good),
			`${strangers}/0`,
		],
		[
			"order of another consumer",
			{ status: 403, title: "access-denied" },
			encodeChannelAccess(await grant({ orderId: strangers })),
			`${strangers}/0`,
		],
		["a job nobody claimed", { status: 404, title: "job-unknown" }, encodeChannelAccess(good), `${channel.orderId}/9`],
		["no job", { status: 400, title: "request-invalid" }, encodeChannelAccess(good), "0x12/0"],
		[
			"a number too large",
			{ status: 400, title: "request-invalid" },
			encodeChannelAccess(good),
			`${channel.orderId}/4294967296`,
		],
	];
	for (const [name, answer, header, job] of cases) assert.deepEqual(await ask(header, job), answer, name);
	assert.deepEqual(await ask(encodeChannelAccess(good), undefined, { "last-event-id": "yesterday" }), {
		status: 400,
		title: "request-invalid",
	});
	assert.equal((await ask(encodeChannelAccess(good))).status, 200);
	channel.book.close(key(), "ended");
});

test("behavior: a contract account is asked whether it stands by the signature", async () => {
	// Says the magic word of ERC-1271 to whatever it is asked.
	const agrees = "0x631626ba7e60e01b5f5260205ff3" as const;
	const account = privateKeyToAccount(generatePrivateKey());
	const orderId = await channel.claimFor(account.address);
	channel.book.open({ orderId, job: 0 });
	const header = encodeChannelAccess(await channel.grant({ orderId }, testAccount(7)));
	await testClient(channel.market.rpcUrl).setCode({ address: account.address, bytecode: agrees });
	assert.equal((await ask(header, `${orderId}/0`)).status, 200);
	await testClient(channel.market.rpcUrl).setCode({ address: account.address, bytecode: "0x5f5ffd" });
	assert.equal((await ask(header, `${orderId}/0`)).status, 403);
});

test("behavior: a page of any origin may ask, with the headers it needs", async () => {
	const response = await fetch(`${http.url}/v1/jobs/${channel.orderId}/0/logs`, {
		method: "OPTIONS",
		headers: {
			origin: "https://app.example",
			"access-control-request-method": "GET",
			"access-control-request-headers": "authorization,last-event-id",
		},
	});
	assert.equal(response.headers.get("access-control-allow-origin"), "*");
	assert.match(response.headers.get("access-control-allow-headers") ?? "", /authorization.*last-event-id/i);
	assert.equal((await fetch(`${http.url}/metrics`)).status, 404, "nothing else is served here");
});

test("behavior: streams are counted, and a reader who leaves makes room", async () => {
	channel.book.open(key());
	const header = encodeChannelAccess(await channel.grant());
	const url = `${http.url}/v1/jobs/${channel.orderId}/0/logs`;
	const open = () => fetch(url, { headers: { authorization: header } });
	const readers = await Promise.all([open(), open(), open(), open()]);
	assert.deepEqual(await ask(header), { status: 429, title: "too-many-streams" });
	await readers[0]?.body?.cancel();
	await until("there is room again", async () => (await ask(header)).status === 200);
	await Promise.all(readers.map(({ body }) => body?.cancel().catch(() => {})));
	channel.book.close(key(), "ended");
});

test("behavior: a reader who takes nothing costs one event, however much is written", async () => {
	const book = createLogBook();
	const log = book.open(key());
	const tap = log.tap(0);
	let signed = 0;
	let closed = 0;
	const stream = createLogStream({
		log,
		from: { task: 0, line: 0 },
		paceMs: 0,
		sign: async (piece) => {
			signed += 1;
			return signLogLines(channel.market.deployment, channel.node, key(), piece);
		},
		onClose: () => {
			closed += 1;
		},
	});
	const reader = stream.getReader();
	await reader.read();
	const taken = reader.read();
	for (let line = 0; line < 20_000; line++) tap.write(text(`line ${line} ${"x".repeat(40)}\n`));
	await taken;
	await new Promise((turn) => setTimeout(turn, 50));
	assert.equal(signed, 1, "the next event is made when somebody takes it");
	await reader.cancel();
	assert.equal(closed, 1);
});

test("behavior: ten thousand connections that say nothing are dropped, and a reader reads on", async () => {
	const tap = channel.book.open(key()).tap(0);
	const { told } = await follow();
	const { port, hostname } = new URL(http.url);
	let open = 0;
	let most = 0;
	const dropped: Promise<void>[] = [];
	const sockets: Socket[] = [];
	for (let batch = 0; batch < 20; batch++) {
		const connected: Promise<void>[] = [];
		for (let n = 0; n < 500; n++) {
			const socket = connect(Number(port), hostname);
			sockets.push(socket);
			socket.on("error", () => {});
			connected.push(new Promise((done) => socket.once("connect", done).once("close", () => done())));
			socket.once("connect", () => (open += 1));
			dropped.push(new Promise((done) => socket.once("close", () => done())));
			socket.once("close", () => (open -= 1));
		}
		await Promise.all(connected);
		await until("what is over the limit is dropped", () => open <= 128);
		most = Math.max(most, open);
	}
	assert.ok(most <= 128);
	tap.write(text("still here\n"));
	for (const socket of sockets) socket.destroy();
	await Promise.all(dropped);
	channel.book.close(key(), "ended");
	assert.deepEqual(await told, ["0.0 still here", "end: ended"]);
});

test("behavior: lines that the node did not sign are not shown", async () => {
	const { deployment } = channel.market;
	const access = await channel.grant();
	const of = { orderId: channel.orderId, job: 0 };
	const said = { task: 0, from: 0, lines: ["accuracy 0.1"], truncated: false };
	const honest = await signLogLines(deployment, channel.node, of, said);
	const forged: [string, object][] = [
		["by another key", await signLogLines(deployment, testAccount(8), of, said)],
		["with a word changed", { ...honest, lines: ["accuracy 0.9"] }],
		["said to be complete", { ...honest, truncated: true }],
		["moved to another place", { ...honest, from: 1 }],
		["of another job", await signLogLines(deployment, channel.node, { ...of, job: 1 }, said)],
		["of another market", await signLogLines({ ...deployment, chainId: 5 }, channel.node, of, said)],
		["no signature", { ...honest, signature: "0x" }],
	];
	const show = (data: object) => {
		const ask = async () => ({
			status: 200,
			body: (async function* () {
				yield text(`event: lines\ndata: ${JSON.stringify(data)}\n\nevent: end\ndata: {"because":"ended"}\n\n`);
			})(),
		});
		return transcript(followLogs({ url: "http://relay.example", deployment, job: 0, access, signal: never, ask }));
	};
	assert.deepEqual(await show(honest), ["0.0 accuracy 0.1", "end: ended"]);
	for (const [name, data] of forged) await assert.rejects(show(data), { code: "channel-forged" }, name);
});
