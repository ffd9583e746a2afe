import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { FsBlockstore } from "blockstore-fs";
import { LevelDatastore } from "datastore-level";
import { type Block, type Dag, directoryOf } from "depin/storage";
import { createHeliaLight } from "helia";
import { until } from "../../test/until.ts";
import { OperatorError } from "../runtime/errors.ts";
import { createLog } from "../runtime/log.ts";
import { type ContentStore, openContentStore } from "./contentStore.ts";
import { block, blocksOf, bytesOf, car, fileOf, startTestNode, TOKEN } from "./testNode.ts";

const log = createLog({ role: "storage", level: "fatal" });
const launcher = resolve(import.meta.dirname, "../../bin/depin-worker.js");

async function put(store: ContentStore, blocks: Iterable<Block>): Promise<void> {
	const hold = store.hold();
	for (const one of blocks) await store.write(one, hold);
	hold.release();
}

async function countOf(store: ContentStore, dag: Dag): Promise<number> {
	let stored = 0;
	for (const { cid } of await blocksOf(dag)) if (await store.has(cid)) stored += 1;
	return stored;
}

/** Marks some blocks of a pin and stops there, as a kill does. */
async function pinHalf(dir: string, dag: Dag): Promise<void> {
	const datastore = new LevelDatastore(join(dir, "data"));
	await datastore.open();
	const { pins } = createHeliaLight({ blockstore: new FsBlockstore(join(dir, "blocks")), datastore });
	const marking = pins.add(dag.root);
	for (let n = 0; n < 2; n += 1) await marking.next();
	assert.equal(await pins.isPinned(dag.root), true);
	await datastore.close();
}

async function open(t: { after(clean: () => Promise<void>): void }, graceMs = 0) {
	const dir = await mkdtemp(join(tmpdir(), "depin-store-"));
	const store = await openContentStore({ dir, graceMs, log });
	t.after(async () => {
		await store.close();
		await rm(dir, { recursive: true, force: true });
	});
	return { dir, store };
}

test("default: pin, gc, has: what is pinned stays with all its blocks, the rest goes", async (t) => {
	const { store } = await open(t);
	const [kept, lost] = [await fileOf("kept"), await fileOf("lost")];
	for (const dag of [kept, lost]) await put(store, await blocksOf(dag));
	await store.pins.add(kept.root, "kept");
	const { removed, kept: left } = await store.gc();
	assert.deepEqual([removed, left], [lost.blockCount, kept.blockCount]);
	assert.equal(await countOf(store, kept), kept.blockCount);
	assert.equal(await countOf(store, lost), 0);
});

test("behavior: a block that two pins share stays until the last of them is gone", async (t) => {
	const { store } = await open(t);
	const file = await fileOf("shared");
	const directory = await directoryOf([{ name: "f", root: file.root, size: file.size }]);
	await put(store, [...(await blocksOf(file)), ...(await blocksOf(directory))]);
	await store.pins.add(file.root, "file");
	await store.pins.add(directory.root, "directory");
	await store.pins.remove(directory.root);
	assert.equal((await store.gc()).removed, 1);
	assert.equal(await countOf(store, file), file.blockCount);
	await store.pins.remove(file.root);
	assert.equal((await store.gc()).removed, file.blockCount);
});

test("behavior: pins made at once do not lose each other's blocks", async (t) => {
	const { store } = await open(t);
	const shared = block("shared by all");
	const dags = await Promise.all(
		["a", "b", "c", "d"].map((name) => directoryOf([{ name, root: shared.cid, size: shared.bytes.byteLength }])),
	);
	await put(store, [shared, ...(await Promise.all(dags.map(blocksOf))).flat()]);
	await Promise.all(dags.map(({ root }) => store.pins.add(root, "x")));
	for (const { root } of dags.slice(1)) await store.pins.remove(root);
	await store.gc();
	assert.ok(await store.has(shared.cid));
});

test("behavior: gc leaves what is young alone, so an upload in several requests is safe between them", async (t) => {
	const { store } = await open(t, 3_600_000);
	const file = await fileOf("young");
	await put(store, await blocksOf(file));
	assert.deepEqual(await store.gc(), { removed: 0, kept: file.blockCount, freedBytes: 0 });
});

test("behavior: gc and uploads at once: everything that was answered with 200 is there", async (t) => {
	const node = await startTestNode({ graceMs: 0 });
	t.after(node.stop);
	// The same first blocks everywhere, so that uploads meet blocks that gc is about to remove.
	const common = block("common to all");
	let over = false;
	const collecting = (async () => {
		let runs = 0;
		for (; !over; runs += 1) await node.store.gc();
		return runs;
	})();
	const uploadOne = async (n: number) => {
		const own = await fileOf(`own ${n}`, 2 ** 20 + n);
		const directory = await directoryOf([
			{ name: "common", root: common.cid, size: common.bytes.byteLength },
			{ name: "own", root: own.root, size: own.size },
		]);
		const blocks = [common, ...(await blocksOf(own)), ...(await blocksOf(directory))];
		const answer = await node.upload(await car([directory.root], blocks));
		assert.equal(answer.status, 200, JSON.stringify(answer.body));
		for (const { cid } of blocks) assert.ok(await node.store.has(cid), `upload ${n}: ${cid} is gone`);
		if (n % 2 === 0) await node.store.pins.remove(directory.root);
	};
	const lane = async (from: number) => {
		for (let n = from; n < from + 8; n += 1) await uploadOne(n);
	};
	await Promise.all([lane(0), lane(100), lane(200)]);
	over = true;
	assert.ok((await collecting) > 1);
	await node.store.gc();
	for (const { cid } of await node.store.pins.list()) assert.ok(await node.store.has(cid));
	assert.ok(await node.store.has(common.cid));
});

test("behavior: two processes cannot use one folder", async (t) => {
	const { dir } = await open(t);
	await assert.rejects(
		openContentStore({ dir, graceMs: 0, log }),
		(error) => error instanceof OperatorError && /stop the other storage process/.test(error.message),
	);
});

test("behavior: a pin change that was killed half-way leaves nothing that gc would keep for ever", async (t) => {
	const { dir, store } = await open(t);
	const [adding, removing, half] = [await fileOf("adding"), await fileOf("removing"), await fileOf("half")];
	for (const dag of [adding, removing, half]) await put(store, await blocksOf(dag));
	for (const dag of [adding, removing]) await store.pins.add(dag.root, "x");
	await store.close();
	// As a killed process leaves it: the note is written, and Helia's own records are somewhere in between.
	await writeFile(join(dir, "pinning", `${removing.root}`), "remove");
	await writeFile(join(dir, "pinning", `${adding.root}`), "add");
	await writeFile(join(dir, "pinning", `${half.root}`), "add");
	await pinHalf(dir, half);
	const again = await openContentStore({ dir, graceMs: 0, log });
	assert.deepEqual(
		(await again.pins.list()).map(({ cid }) => `${cid}`),
		[`${adding.root}`],
	);
	assert.equal((await again.gc()).removed, removing.blockCount + half.blockCount);
	assert.equal(await countOf(again, adding), adding.blockCount);
	assert.deepEqual(await readdir(join(dir, "pinning")), []);
	await again.close();
});

test("behavior: kill -9 in the middle of an upload: the next start serves what was pinned, and gc clears the rest", async (t) => {
	const dir = await mkdtemp(join(tmpdir(), "depin-kill-"));
	t.after(() => rm(dir, { recursive: true, force: true }));
	const config = join(dir, "storage.json");
	const port = 9816;
	const url = `http://127.0.0.1:${port}`;
	await writeFile(config, JSON.stringify({ listen: { port }, dir: "content", tokens: [TOKEN], gcGraceSeconds: 0 }));
	const start = async () => {
		const child = spawn(process.execPath, [launcher, "storage", "--config", config], { stdio: "inherit" });
		const gone = new Promise<void>((done) => child.once("exit", () => done()));
		t.after(() => child.kill("SIGKILL"));
		const answers = () =>
			fetch(`${url}/ready`)
				.then((answer) => answer.ok)
				.catch(() => false);
		await until("the storage role is ready", answers);
		return async (signal: NodeJS.Signals) => {
			child.kill(signal);
			await gone;
		};
	};
	const send = (body: NonNullable<RequestInit["body"]>) => {
		const headers = { authorization: `Bearer ${TOKEN}` };
		return fetch(`${url}/v1/car`, { method: "POST", headers, body, duplex: "half" } as RequestInit);
	};
	const call = async (method: string, path: string) => {
		const answer = await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${TOKEN}` } });
		return (await answer.json()) as { pins: { cid: string }[]; removed: number; kept: number };
	};

	const end = await start();
	const pinned = await fileOf("pinned before");
	assert.equal((await send(await car([pinned.root], pinned.blocks()))).status, 200);
	const cutShort = await blocksOf(await fileOf("cut short", 8 * 2 ** 20));
	const [first] = cutShort;
	assert.ok(first);
	const body = await car([], cutShort);
	// Most of it, and then never the rest.
	async function* halted() {
		yield body.subarray(0, body.byteLength - 100_000);
		await new Promise(() => {});
	}
	const sending = send(ReadableStream.from(halted()) as never).catch(() => undefined);
	const stored = () => fetch(`${url}/ipfs/${first.cid}?format=raw`, { method: "HEAD" }).then((answer) => answer.ok);
	await until("the first block is stored", stored);
	await end("SIGKILL");
	await sending;

	const endAgain = await start();
	assert.deepEqual(
		(await call("GET", "/v1/pins")).pins.map(({ cid }) => cid),
		[`${pinned.root}`],
	);
	assert.ok((await call("POST", "/v1/gc")).removed >= 1);
	assert.deepEqual(await call("POST", "/v1/gc"), { removed: 0, kept: pinned.blockCount, freedBytes: 0 });
	for (const { cid, bytes } of await blocksOf(pinned)) {
		const answer = await fetch(`${url}/ipfs/${cid}?format=raw`);
		assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), new Uint8Array(bytes));
	}
	await endAgain("SIGTERM");
});

test("behavior: a block that a power cut left short is written again", async (t) => {
	const { dir, store } = await open(t);
	const one = block("short");
	await put(store, [one]);
	const [shard] = await readdir(join(dir, "blocks"));
	const [file] = await readdir(join(dir, "blocks", shard ?? ""));
	await writeFile(join(dir, "blocks", shard ?? "", file ?? ""), bytesOf("x", 2));
	await put(store, [one]);
	assert.deepEqual(Buffer.from((await store.read(one.cid)).bytes), Buffer.from(one.bytes));
});
