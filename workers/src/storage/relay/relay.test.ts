// The storage role's relay between a real node's channel and readers, with nodes and readers that misbehave.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { encodeChannelAccess, followLogs, type LogEvent } from "depin/channel";
import { WebSocket } from "ws";
import { testAccount } from "../../../../sdk/test/localMarket.ts";
import { until } from "../../../test/until.ts";
import { keepRelayed, relayedUrl } from "../../node/channel/relayLink.ts";
import { startTestChannel, type TestChannel, text, transcript } from "../../node/channel/testChannel.ts";
import { createLog } from "../../runtime/log.ts";
import { startTestNode, type TestNode, TOKEN } from "../testNode.ts";
import { helloText, type ToNode, type ToRelay, WINDOW_BYTES } from "./frames.ts";

const never = new AbortController().signal;
const log = createLog({ role: "node", level: "fatal" });
let channel: TestChannel;
let storage: TestNode;
let base: string;
let unlink = new AbortController();
before(async () => {
	[channel, storage] = await Promise.all([startTestChannel(), startTestNode()]);
	base = relayedUrl(storage.url, channel.node.address);
});
beforeEach(() => unlink.abort());
after(async () => {
	unlink.abort();
	await Promise.all([channel.stop(), storage.stop()]);
});

const key = () => ({ orderId: channel.orderId, job: 0 });

/** Connects the node as its role does. */
function link(token = TOKEN): Promise<void> {
	unlink = new AbortController();
	const account = channel.node as never;
	return keepRelayed({ relay: { url: storage.url, token }, account, app: channel.app, log, signal: unlink.signal });
}

async function ask(): Promise<Response> {
	const authorization = encodeChannelAccess(await channel.grant());
	return fetch(`${base}/v1/jobs/${channel.orderId}/0/logs`, { headers: { authorization } });
}

async function titleOf(response: Response): Promise<unknown> {
	return ((await response.json()) as { title: unknown }).title;
}

async function follow(): Promise<AsyncGenerator<LogEvent>> {
	const { deployment } = channel.market;
	return followLogs({ url: base, deployment, job: 0, access: await channel.grant(), signal: never });
}

/** A node of the test's own making: says who it is with `signer`, then does what it likes. */
async function connectAs(account = channel.node, signer = account, token = TOKEN) {
	const socket = new WebSocket(new URL("/v1/relay", storage.url.replace(/^http/, "ws")), {
		headers: { authorization: `Bearer ${token}` },
	});
	const heard: ToNode[] = [];
	let closed = false;
	socket.on("error", () => {});
	socket.on("close", () => {
		closed = true;
	});
	const send = (frame: ToRelay | object) => socket.send(JSON.stringify(frame));
	socket.on("message", async (data) => {
		const frame: ToNode = JSON.parse(String(data));
		heard.push(frame);
		if (frame.type !== "challenge") return;
		const signature = await signer.signMessage({ message: helloText(frame.challenge) });
		send({ type: "hello", node: account.address.toLowerCase(), signature });
	});
	await until("it is heard or refused", () => closed || heard.length > 0);
	return { socket, heard, send, isClosed: () => closed, isIn: () => heard.some(({ type }) => type === "welcome") };
}

test("default", async () => {
	const linked = link();
	const tap = channel.book.open(key()).tap(0);
	tap.write(text("one\n"));
	await until("the node is reached", async () => {
		const { status, body } = await ask();
		await body?.cancel();
		return status === 200;
	});
	const events = await follow();
	const { value } = await events.next();
	assert.equal(value?.kind === "lines" && value.lines[0], "one");
	tap.write(text("zwei ä 😀\n".repeat(20_000)));
	tap.end(false);
	channel.book.close(key(), "ended");
	const told = await transcript(events);
	assert.deepEqual([told.length, told[0], told.at(-1)], [20_001, "0.1 zwei ä 😀", "end: ended"]);
	unlink.abort();
	await linked;
});

test("behavior: what the node refuses is refused in its words; without the node there is a word for that", async () => {
	const offline = await ask();
	assert.deepEqual([offline.status, offline.headers.get("retry-after")], [502, "2"]);
	assert.equal(await titleOf(offline), "node-offline");
	const linked = link();
	await until("the node refuses", async () => {
		const response = await fetch(`${base}/v1/jobs/${channel.orderId}/0/logs`);
		return response.status === 401 && (await titleOf(response)) === "access-missing";
	});
	assert.equal((await fetch(`${base}/v1/jobs/${channel.orderId}/0/key`)).status, 401, "only logs are passed on");
	assert.equal((await fetch(`${base}/metrics`)).status, 401);
	unlink.abort();
	await linked;
});

test("behavior: a connection that is lost is made again, and the reader goes on where it was", async () => {
	const linked = link();
	const tap = channel.book.open(key()).tap(0);
	tap.write(text("one\n"));
	const events = await follow();
	assert.equal((await events.next()).value?.kind, "lines");
	// Another connection of the same node takes its place, then goes away.
	const other = await connectAs();
	await until("it took over", other.isIn);
	other.socket.terminate();
	tap.write(text("two\n"));
	tap.end(false);
	channel.book.close(key(), "ended");
	assert.deepEqual(await transcript(events), ["0.1 two", "end: ended"]);
	unlink.abort();
	await linked;
});

test("behavior: only who has a token and the node's key is reached by the node's address", async () => {
	await assert.rejects(link("not-a-token-at-all"), { code: "relay-refused" });
	const [guessed, impostor] = await Promise.all([
		connectAs(channel.node, channel.node, "not-a-token-at-all"),
		connectAs(channel.node, testAccount(8)),
	]);
	await until("both are refused", () => guessed.isClosed() && impostor.isClosed());
	assert.deepEqual([guessed.isIn(), impostor.isIn()], [false, false]);
	assert.equal((await ask()).status, 502);
	const replay = await connectAs(channel.node, {
		...channel.node,
		signMessage: () => channel.node.signMessage({ message: helloText("00".repeat(32)) }),
	});
	await until("an old signature is refused", replay.isClosed);
});

const misdeeds: [string, (send: (frame: object) => void, id: number) => void][] = [
	["sends more than it was granted", (send, id) => send({ type: "data", id, text: "x".repeat(WINDOW_BYTES + 1) })],
	["sends what is no frame", (send) => send({ type: "reboot" })],
	["sends a message without end", (send, id) => send({ type: "data", id, text: "x".repeat(2 ** 20) })],
	["floods", (send) => Array.from({ length: 5_000 }, (_, id) => send({ type: "end", id: id + 1_000 }))],
];
for (const [name, misbehave] of misdeeds) {
	test(`behavior: a node that ${name} is hung up on, and its readers hear of it`, async () => {
		const node = await connectAs();
		await until("it is in", node.isIn);
		const asked = ask();
		const opened = await until("a reader asks", () => node.heard.find(({ type }) => type === "open"));
		const id = opened.type === "open" ? opened.id : 0;
		node.send({ type: "head", id, status: 200, contentType: "text/event-stream" });
		const response = await asked;
		misbehave(node.send, id);
		assert.doesNotMatch(await response.text(), /event: end/);
		await until("it is hung up on", node.isClosed);
	});
}

test("behavior: a node is granted no more than a slow reader leaves room for", async () => {
	const node = await connectAs();
	await until("it is in", node.isIn);
	const asked = ask();
	const opened = await until("a reader asks", () => node.heard.find(({ type }) => type === "open"));
	const id = opened.type === "open" ? opened.id : 0;
	node.send({ type: "head", id, status: 200, contentType: "text/event-stream" });
	const reader = (await asked).body?.getReader();
	const granted = () => node.heard.reduce((sum, frame) => sum + (frame.type === "more" ? frame.bytes : 0), 0);
	// Sends all it may, until nothing more is granted: sockets on the way hold some, the relay no more than its window.
	let sent = 0;
	const text = "x".repeat(32 * 1024);
	for (let idle = 0; idle < 20; ) {
		if (granted() - sent >= text.length) {
			node.send({ type: "data", id, text });
			sent += text.length;
			idle = 0;
		} else {
			idle += 1;
			await new Promise((turn) => setTimeout(turn, 50));
		}
		assert.ok(sent < 64 * 2 ** 20, "it is granted more and more, though nobody reads");
	}
	const before = granted();
	for (let taken = 0; taken < sent; ) taken += (await reader?.read())?.value?.byteLength ?? sent;
	await until("room is granted again", () => granted() > before);
	await reader?.cancel();
	await until("the node is told that the reader left", () => node.heard.some(({ type }) => type === "close"));
	node.socket.terminate();
});
