import assert from "node:assert/strict";
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { NextToLast } from "blockstore-fs/sharding";
import {
	type Block,
	createContentClient,
	type Dag,
	decodeCar,
	directoryOf,
	fetchDag,
	importBytes,
	readFile,
	sha256,
	upload,
} from "depin/storage";
import { CID } from "multiformats/cid";
import { identity } from "multiformats/hashes/identity";
import { block, blocksOf, bytesOf, car, fileOf, rawGet, startTestNode, type TestNode, TOKEN } from "./testNode.ts";

const RAW_TYPE = "application/vnd.ipld.raw";
const CAR_TYPE = "application/vnd.ipld.car";
const one = block("one block");
const absent = block("never uploaded");
let node: TestNode;
let file: Dag;

before(async () => {
	node = await startTestNode();
	file = await fileOf("a file");
	await node.upload(await car([one.cid], [one]));
	await node.upload(await car([file.root], file.blocks()));
});
after(() => node.stop());

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
	fetch(`${node.url}/ipfs/${path}`, { method, headers });
const bytes = async (answer: Response) => new Uint8Array(await answer.arrayBuffer());

async function readCar(answer: Response): Promise<{ roots: string[]; blocks: Block[] }> {
	const stream = await decodeCar(answer.body as unknown as AsyncIterable<Uint8Array>, "the gateway");
	const blocks: Block[] = [];
	for await (const one of stream.blocks) blocks.push(one);
	return { roots: stream.roots.map(String), blocks };
}

test("default: a raw block, by format or by Accept, hashes to its CID", async () => {
	for (const answer of [await get(`${one.cid}?format=raw`), await get(`${one.cid}`, { accept: RAW_TYPE })]) {
		assert.equal(answer.status, 200);
		const body = await bytes(answer);
		assert.deepEqual(Buffer.from(sha256(body)), Buffer.from(one.cid.multihash.digest));
		assert.equal(answer.headers.get("content-type"), RAW_TYPE);
		assert.equal(answer.headers.get("content-disposition"), `attachment; filename="${one.cid}.bin"`);
		assert.equal(answer.headers.get("content-length"), String(body.byteLength));
		assert.match(answer.headers.get("cache-control") ?? "", /public.*immutable/);
		assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
		assert.ok(answer.headers.get("etag"));
	}
});

test("behavior: a CAR holds every block of the DAG once, root first, and its type says what it is", async () => {
	const answer = await get(`${file.root}?format=car`);
	assert.equal(answer.headers.get("content-type"), `${CAR_TYPE}; version=1; order=dfs; dups=n`);
	assert.equal(answer.headers.get("content-disposition"), `attachment; filename="${file.root}.car"`);
	const { roots, blocks } = await readCar(answer);
	assert.deepEqual(roots, [file.root.toString()]);
	assert.equal(blocks[0]?.cid.toString(), file.root.toString());
	const expected = (await blocksOf(file)).map(({ cid }) => cid.toString());
	assert.deepEqual(blocks.map(({ cid }) => cid.toString()).sort(), expected.sort());
});

test("behavior: dag-scope=block sends the root alone, and the entity tag differs", async () => {
	const answer = await get(`${file.root}?format=car&dag-scope=block`);
	const { blocks } = await readCar(answer);
	assert.deepEqual(
		blocks.map(({ cid }) => cid.toString()),
		[file.root.toString()],
	);
	const tags = await Promise.all(
		["?format=raw", "?format=car", "?format=car&dag-scope=block"].map(async (query) => {
			const tagged = await get(`${file.root}${query}`, {}, "HEAD");
			return tagged.headers.get("etag");
		}),
	);
	assert.equal(new Set(tags).size, 3);
});

test("behavior: HEAD sends the headers of GET and no body", async () => {
	for (const query of ["?format=raw", "?format=car"]) {
		const [head, full] = [await get(`${one.cid}${query}`, {}, "HEAD"), await get(`${one.cid}${query}`)];
		assert.equal(head.status, 200);
		for (const name of ["etag", "content-type", "content-disposition", "cache-control"])
			assert.equal(head.headers.get(name), full.headers.get(name), name);
		assert.equal((await bytes(head)).byteLength, 0);
		assert.ok((await bytes(full)).byteLength > 0);
	}
	assert.equal((await get(`${one.cid}?format=raw`, {}, "HEAD")).headers.get("content-length"), "9");
});

test("behavior: a client that has it gets 304", async () => {
	const etag = (await get(`${one.cid}?format=raw`)).headers.get("etag") ?? "";
	for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, "*"])
		assert.equal((await get(`${one.cid}?format=raw`, { "if-none-match": condition })).status, 304, condition);
	assert.equal((await get(`${one.cid}?format=raw`, { "if-none-match": '"other"' })).status, 200);
	assert.equal((await get(`${absent.cid}?format=raw`, { "if-none-match": "*" })).status, 404);
});

test("behavior: a missing root is 404 for every format and method, 412 when only a cached one was wanted", async () => {
	for (const query of ["?format=raw", "?format=car", "?format=car&dag-scope=block"])
		for (const method of ["GET", "HEAD"]) {
			assert.equal((await get(`${absent.cid}${query}`, {}, method)).status, 404);
			const cached = { "cache-control": "only-if-cached" };
			assert.equal((await get(`${absent.cid}${query}`, cached, method)).status, 412);
			assert.equal((await get(`${one.cid}${query}`, cached, method)).status, 200);
		}
});

const refused: [what: string, path: string, headers: Record<string, string>][] = [
	["no format and no Accept", `${one.cid}`, { accept: "" }],
	["an Accept of anything", `${one.cid}`, { accept: "*/*" }],
	["an Accept of what is never served", `${one.cid}`, { accept: "text/html, image/*" }],
	["an unknown format", `${one.cid}?format=tar`, { accept: RAW_TYPE }],
	["another CAR version by type", `${one.cid}`, { accept: `${CAR_TYPE}; version=2` }],
	["another CAR version by parameter", `${one.cid}?format=car&car-version=2`, {}],
	["an unknown scope", `${one.cid}?format=car&dag-scope=entity`, {}],
	["a range of an entity", `${one.cid}?format=car&entity-bytes=0:1`, {}],
	["no CID", "hello?format=raw", {}],
	["a CID and more", `${one.cid}x?format=raw`, {}],
	["a path below a CID", `${one.cid}/a/b?format=car`, {}],
];
for (const [what, path, headers] of refused)
	test(`behavior: 400 for ${what}`, async () => {
		const answer = await get(path, headers);
		assert.equal(answer.status, 400);
		assert.equal(answer.headers.get("content-type"), "application/problem+json");
	});

test("behavior: format wins over Accept, and the better quality among Accepts", async () => {
	const type = async (path: string, accept: string) =>
		(await get(path, { accept })).headers.get("content-type")?.split(";")[0];
	assert.equal(await type(`${one.cid}?format=raw`, CAR_TYPE), RAW_TYPE);
	assert.equal(await type(`${one.cid}`, `${CAR_TYPE};q=0.5, ${RAW_TYPE};q=0.9`), RAW_TYPE);
	assert.equal(await type(`${one.cid}`, `text/html, ${CAR_TYPE}; version=1; order=dfs; dups=n, */*;q=0.1`), CAR_TYPE);
	assert.equal(await type(`${one.cid}`, `${RAW_TYPE};q=0, ${CAR_TYPE}`), CAR_TYPE);
});

test("behavior: paths that try to climb out of the store reach nothing", async () => {
	for (const path of [
		"/ipfs/../../etc/passwd?format=raw",
		"/ipfs/..%2f..%2fetc%2fpasswd?format=raw",
		"/ipfs/%2e%2e/data/CURRENT?format=raw",
		`/ipfs/${one.cid}/../../../etc/passwd?format=raw`,
		"/ipfs/%00?format=raw",
		"//etc/passwd",
	]) {
		const { status, text } = await rawGet(node.url, path);
		assert.ok(status === 400 || status === 404, `${path}: ${status}`);
		assert.ok(!text.includes("root:"), path);
	}
});

test("behavior: the probe of the specification, and no other identity CID", async () => {
	const probe = await get("bafkqaaa?format=raw");
	assert.deepEqual([probe.status, (await bytes(probe)).byteLength], [200, 0]);
	const head = await get("bafkqaaa?format=raw", {}, "HEAD");
	assert.equal(head.status, 200);
	const asCar = await get("bafkqaaa?format=car");
	assert.equal(asCar.status, 200);
	assert.ok((await bytes(asCar)).byteLength > 0);
	const inline = CID.createV1(0x55, identity.digest(bytesOf("inline", 4_000)));
	assert.equal((await get(`${inline}?format=raw`)).status, 404);
});

test("behavior: the same CID in its other spellings is the same content", async () => {
	const v0 = CID.createV0(file.root.multihash as never);
	assert.equal((await get(`${v0}?format=raw`)).status, 200);
	assert.equal((await get(`${v0}?format=car&dag-scope=block`)).headers.get("x-ipfs-roots"), file.root.toString());
});

test("behavior: a child that is missing breaks the stream off, and the client notices", async () => {
	const broken = await fileOf("a file that loses a block");
	const blocks = await blocksOf(broken);
	await node.upload(await car([broken.root], blocks));
	const lost = blocks[1] as Block;
	const { dir, file: name } = new NextToLast().encode(lost.cid);
	await unlink(join(node.dir, "blocks", dir, name));
	const answer = await get(`${broken.root}?format=car`);
	assert.equal(answer.status, 200);
	await assert.rejects(readCar(answer));
	const client = createContentClient({ sources: [node.url] });
	await assert.rejects(readFile(client, broken.root.toString(), { maxBytes: 10 ** 8 }), /No source could give/);
});

test("behavior: the sdk's client uploads in parts, and reads back byte for byte what it sent", async () => {
	const client = createContentClient({ sources: [node.url], uploadTo: { url: node.url, token: TOKEN } });
	const content = bytesOf("a larger file", 5 * 2 ** 20 + 77);
	const dag = await importBytes(content);
	await upload(client, dag, { name: "larger", partBytes: 2 ** 20 });
	assert.deepEqual(
		Buffer.from(await readFile(client, dag.root.toString(), { maxBytes: 10 ** 8 })),
		Buffer.from(content),
	);
	const seen: string[] = [];
	for await (const { cid } of fetchDag(client, dag.root)) seen.push(cid.toString());
	assert.equal(seen.length, dag.blockCount);
});

test("behavior: blocks that occur many times in a DAG are sent once", async () => {
	const same = await importBytes(bytesOf("same", 2 ** 20));
	const { root, size } = same;
	const directory = await directoryOf(["a", "b"].map((name) => ({ name, root, size })));
	await node.upload(await car([], same.blocks()));
	assert.equal((await node.upload(await car([directory.root], directory.blocks()))).status, 200);
	const { blocks } = await readCar(await get(`${directory.root}?format=car`));
	assert.equal(blocks.length, same.blockCount + 1);
	assert.equal(new Set(blocks.map(({ cid }) => cid.toString())).size, blocks.length);
});

test("behavior: a page of any origin may ask for content, and send an upload with its token", async () => {
	const origin = { origin: "https://market.example" };
	const read = await get(`${one.cid}?format=raw`, origin);
	assert.equal(read.headers.get("access-control-allow-origin"), "*");
	const asks = { "access-control-request-method": "POST", "access-control-request-headers": "authorization" };
	const preflight = await fetch(`${node.url}/v1/car`, { method: "OPTIONS", headers: { ...origin, ...asks } });
	assert.equal(preflight.status, 204);
	assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /authorization/);
	const refused = await fetch(`${node.url}/v1/car`, { method: "POST", headers: origin });
	assert.deepEqual([refused.status, refused.headers.get("access-control-allow-origin")], [401, "*"]);
});
