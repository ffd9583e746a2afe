import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { createContentClient, directoryOf, fetchRaw, MAX_BLOCK_BYTES, rawBlock } from "depin/storage";
import { varint } from "multiformats";
import { CID } from "multiformats/cid";
import { identity } from "multiformats/hashes/identity";
import { until } from "../../test/until.ts";
import { block, blocksOf, bytesOf, car, fileOf, startTestNode, type TestNode, TOKEN } from "./testNode.ts";

let node: TestNode;
before(async () => {
	node = await startTestNode();
});
after(() => node.stop());

const pinned = async () => ((await node.api("GET", "/v1/pins")).body["pins"] as { cid: string; name: string }[]) ?? [];
const isStored = async (cid: CID) =>
	(await fetch(`${node.url}/ipfs/${cid}?format=raw`, { method: "HEAD" })).status === 200;

test("default: a CAR is stored, its root pinned under the given name, and anybody can read it", async () => {
	const file = await fileOf("uploaded");
	const answer = await node.upload(await car([file.root], file.blocks()), { name: "weights v1" });
	assert.deepEqual(answer, {
		status: 200,
		body: { roots: [`${file.root}`], blocks: file.blockCount, bytes: file.bytes },
	});
	assert.ok((await pinned()).some(({ cid, name }) => cid === `${file.root}` && name === "weights v1"));
	const client = createContentClient({ sources: [node.url] });
	for (const { cid, bytes } of await blocksOf(file))
		assert.deepEqual(Buffer.from((await fetchRaw(client, cid)).bytes), Buffer.from(bytes));
});

test("behavior: the same upload again changes nothing but the name", async () => {
	const one = block("twice");
	const body = await car([one.cid], [one]);
	const [first, again] = [await node.upload(body, { name: "a" }), await node.upload(body, { name: "b" })];
	assert.deepEqual(first, again);
	assert.deepEqual(
		(await pinned()).filter(({ cid }) => cid === `${one.cid}`).map(({ name }) => name),
		["b"],
	);
});

for (const [what, headers] of [
	["no token", {}],
	["a wrong token", { authorization: "Bearer a-token-for-tests-0002" }],
	["a token cut short", { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
	["another scheme", { authorization: `Basic ${TOKEN}` }],
	["an empty token", { authorization: "Bearer " }],
] as const)
	test(`behavior: 401 for ${what}, whatever is asked, and nothing is stored`, async () => {
		const one = block(`unauthorised ${what}`);
		const body = await car([one.cid], [one]);
		const calls: [string, string, Uint8Array?][] = [
			["POST", "/v1/car", body],
			["GET", "/v1/pins"],
			["POST", "/v1/pins"],
			["DELETE", `/v1/pins/${one.cid}`],
			["POST", "/v1/gc"],
		];
		for (const [method, path, sent] of calls) {
			const answer = await fetch(`${node.url}${path}`, { method, headers, body: sent ?? null });
			assert.equal(answer.status, 401, `${method} ${path}`);
			await answer.body?.cancel();
		}
		assert.equal(await isStored(one.cid), false);
	});

const good = block("good");
const bad = { cid: block("said").cid, bytes: Buffer.from("sent") };
const identityCid = CID.createV1(0x55, identity.digest(Buffer.from("inline")));
const big = rawBlock(new Uint8Array(MAX_BLOCK_BYTES + 1));
const section = (length: number) => varint.encodeTo(length, new Uint8Array(varint.encodingLength(length)));

const broken: [what: string, body: () => Promise<Uint8Array>, code: string][] = [
	["nothing at all", async () => new Uint8Array(), "car-invalid"],
	["garbage", async () => bytesOf("garbage", 10_000), "car-invalid"],
	["text", async () => Buffer.from("<!doctype html>".repeat(100)), "car-invalid"],
	["a header that claims gigabytes", async () => Buffer.concat([section(2 ** 32), bytesOf("x", 1_000)]), "car-invalid"],
	["a length that never ends", async () => new Uint8Array(64).fill(0xff), "car-invalid"],
	[
		"a section that claims gigabytes",
		async () => Buffer.concat([await car([], [good]), section(2 ** 40)]),
		"car-invalid",
	],
	["half a section", async () => (await car([good.cid], [good])).subarray(0, -2), "car-invalid"],
	["a block that hashes to something else", () => car([bad.cid], [good, bad]), "block-mismatch"],
	["a block larger than 2 MiB", () => car([big.cid], [big]), "car-invalid"],
	[
		"a block with an identity CID",
		() => car([identityCid], [{ cid: identityCid, bytes: Buffer.from("inline") }]),
		"car-invalid",
	],
	[
		"a block with a CIDv0",
		async () => car([], [{ ...good, cid: CID.createV0(good.cid.multihash as never) }]),
		"car-invalid",
	],
	[
		"more roots than are allowed",
		() =>
			car(
				[1, 2, 3, 4, 5].map((n) => block(`${n}`).cid),
				[good],
			),
		"too-many-roots",
	],
];
for (const [what, body, code] of broken)
	test(`behavior: ${what} is refused with ${code}, and pins nothing`, async () => {
		const before = await pinned();
		const answer = await node.upload(await body());
		assert.deepEqual([answer.status, answer.body["title"]], [400, code], JSON.stringify(answer.body));
		assert.deepEqual(await pinned(), before);
		assert.equal((await fetch(`${node.url}/health`)).status, 200);
	});

test("behavior: a root whose DAG is not complete is refused and not pinned, until the rest is sent", async () => {
	const file = await fileOf("incomplete");
	const blocks = await blocksOf(file);
	const [missing, ...rest] = blocks;
	assert.ok(missing);
	const refused = await node.upload(await car([file.root], rest));
	assert.deepEqual([refused.status, refused.body["title"]], [422, "dag-incomplete"]);
	assert.match(String(refused.body["detail"]), new RegExp(`${missing.cid} is not stored here`));
	assert.ok(!(await pinned()).some(({ cid }) => cid === `${file.root}`));
	assert.equal((await node.upload(await car([file.root], [missing]))).status, 200);
});

test("behavior: an upload over the limit is refused, whether or not it says its length", async (t) => {
	const small = await startTestNode({ maxUploadBytes: 8 * 2 ** 20 });
	t.after(small.stop);
	const file = await fileOf("too large", 9 * 2 ** 20);
	const body = await car([file.root], file.blocks());
	async function* stream() {
		for (let at = 0; at < body.byteLength; at += 65_536) yield body.subarray(at, at + 65_536);
	}
	for (const sent of [body, stream()]) {
		const answer = await small.upload(sent).catch((error: unknown) => error);
		// The node may hang up before all was sent, and then a client may or may not get to read why.
		if (!(answer instanceof Error)) assert.equal((answer as { status: number }).status, 413);
	}
	assert.deepEqual(await small.store.pins.list(), []);
});

test("behavior: a full disk is said before anything is written", async (t) => {
	const full = await startTestNode({ reserveBytes: 2 ** 60 });
	t.after(full.stop);
	const one = block("no room");
	const answer = await full.upload(await car([one.cid], [one]));
	assert.deepEqual([answer.status, answer.body["title"]], [507, "disk-full"]);
	assert.equal(await full.store.has(one.cid), false);
});

test("behavior: a client that stops sending is cut off, and what it held is let go", async (t) => {
	const impatient = await startTestNode({ idleTimeoutMs: 100 });
	t.after(impatient.stop);
	const one = block("then silence");
	const { hostname, port } = new URL(impatient.url);
	const socket = connect(Number(port), hostname);
	const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
	socket.on("error", () => {});
	socket.write(`POST /v1/car HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 1000000\r\n\r\n`);
	socket.write(await car([one.cid], [one]));
	await until("its block is stored", () => impatient.store.has(one.cid));
	await closed;
	await until("gc may take what it sent", async () => (await impatient.store.gc()).removed === 1);
});

test("behavior: pins can be added for stored content, listed and removed; unknown ones are 404", async () => {
	const inner = block("inner");
	const directory = await directoryOf([{ name: "inner", root: inner.cid, size: inner.bytes.byteLength }]);
	await node.upload(await car([], [inner]));
	assert.equal((await node.api("POST", "/v1/pins", { cid: `${directory.root}` })).status, 404);
	await node.upload(await car([], directory.blocks()));
	const pin = await node.api("POST", "/v1/pins", { cid: `${directory.root}`, name: "dir" });
	assert.deepEqual([pin.status, pin.body["name"]], [200, "dir"]);
	assert.equal((await node.api("DELETE", `/v1/pins/${directory.root}`)).status, 200);
	assert.equal((await node.api("DELETE", `/v1/pins/${directory.root}`)).status, 404);
	assert.equal((await node.api("DELETE", "/v1/pins/hello")).status, 400);
	for (const body of [{}, { cid: 5 }, { cid: "hello" }, { cid: `${inner.cid}`, extra: true }])
		assert.equal((await node.api("POST", "/v1/pins", body)).status, 400);
});
