import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { access, mkdir, mkdtemp, readdir, readFile as readLocal, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { CID } from "multiformats/cid";
import { rawBlock } from "./block.ts";
import { createContentClient, withSources } from "./client.ts";
import type { Dag } from "./dag.ts";
import { exportTo } from "./export.ts";
import { fetchDag, fetchRaw, readFile } from "./fetch.ts";
import { collect, startTestGateway, type TestGateway } from "./gateway.fixture.ts";
import { importPath } from "./importPath.ts";
import { directoryOf, importBytes } from "./unixfs.ts";

let folder = "";
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "depin-fetch-"));
});
after(() => rm(folder, { recursive: true }));

let good: TestGateway;
let bad: TestGateway;
beforeEach(async () => {
	good = await startTestGateway();
	bad = await startTestGateway();
});
afterEach(async () => {
	await good.close();
	await bad.close();
});

const nowhere = "http://127.0.0.1:9";
const client = (...sources: string[]) => createContentClient({ sources });

async function store(dag: Dag, ...gateways: TestGateway[]): Promise<CID> {
	for await (const block of dag.blocks()) for (const { blocks } of gateways) blocks.set(block.cid.toString(), block);
	return dag.root;
}

/** A folder with a file of several chunks, one of them twice, and a folder in it. */
async function sampleTree(): Promise<{ root: string; dag: Dag; big: Buffer }> {
	const root = await mkdtemp(join(folder, "tree-"));
	const chunk = randomBytes(2 ** 20);
	const big = Buffer.concat([chunk, randomBytes(2 ** 20), chunk, Buffer.from("tail")]);
	await mkdir(join(root, "sub/empty"), { recursive: true });
	await writeFile(join(root, "big.bin"), big);
	await writeFile(join(root, "again.bin"), Buffer.concat([chunk, Buffer.from("other")]));
	await writeFile(join(root, "sub/small"), "small");
	return { root, dag: await importPath(root), big };
}

describe("fetchRaw", () => {
	test("default", async () => {
		const block = rawBlock(new TextEncoder().encode("manifest"));
		good.blocks.set(block.cid.toString(), block);
		assert.deepEqual((await fetchRaw(client(good.url), block.cid)).bytes, block.bytes);
	});

	test("behavior: passes over sources that lack it, lie, fail or are down", async () => {
		const block = rawBlock(new TextEncoder().encode("manifest"));
		const cid = block.cid.toString();
		good.blocks.set(cid, block);
		bad.blocks.set(cid, block);
		for (const fault of [
			{ kind: "missing", cid },
			{ kind: "corrupt", cid },
			{ kind: "status", status: 500 },
		] as const) {
			bad.faults = [fault];
			assert.deepEqual((await fetchRaw(client(nowhere, bad.url, good.url), cid)).bytes, block.bytes);
		}
	});

	test("behavior: says what each source answered", async () => {
		const block = rawBlock(Buffer.from("manifest"));
		bad.blocks.set(block.cid.toString(), block);
		bad.faults = [{ kind: "corrupt", cid: block.cid.toString() }];
		await assert.rejects(fetchRaw(client(nowhere, good.url, bad.url), block.cid), (error: Error) => {
			assert.match(error.message, /nothing listens there/);
			assert.match(error.message, /answered 404/);
			assert.match(error.message, /does not hash to it/);
			return true;
		});
	});

	test("behavior: refuses blocks over 2 MiB while they arrive", async () => {
		const block = rawBlock(new Uint8Array(2 * 2 ** 20 + 1));
		good.blocks.set(block.cid.toString(), block);
		await assert.rejects(fetchRaw(client(good.url), block.cid), /sent more than 2097152 bytes/);
	});

	test("behavior: an abort ends the wait for a silent source with the caller's reason", async () => {
		bad.faults = [{ kind: "silent" }];
		const controller = new AbortController();
		const reason = new Error("enough");
		const waiting = fetchRaw(client(bad.url), rawBlock(Buffer.from("x")).cid, { signal: controller.signal });
		while (bad.requests.length === 0) await new Promise((next) => setImmediate(next));
		controller.abort(reason);
		await assert.rejects(waiting, reason);
	});
});

describe("sources named by others", () => {
	const block = rawBlock(new TextEncoder().encode("secret"));
	beforeEach(() => {
		good.blocks.set(block.cid.toString(), block);
	});

	test("behavior: a private address is not even asked", async () => {
		const stranger = withSources(client(), [good.url]);
		await assert.rejects(fetchRaw(stranger, block.cid), /127.0.0.1 is not a public address/);
		assert.deepEqual(good.requests, []);
	});

	test("behavior: nor a name that resolves to one", async () => {
		const stranger = withSources(client(), [good.url.replace("127.0.0.1", "localhost")]);
		await assert.rejects(fetchRaw(stranger, block.cid), /localhost resolves to .* not a public address/);
		assert.deepEqual(good.requests, []);
	});

	test("behavior: nor through a redirect of one's own source", async () => {
		bad.faults = [{ kind: "redirect", to: `${good.url}/ipfs/${block.cid}?format=raw` }];
		await assert.rejects(fetchRaw(client(bad.url), block.cid), /not a public address/);
		assert.deepEqual(good.requests, []);
	});

	test("behavior: a local network may allow them", async () => {
		const local = createContentClient({ sources: [], allowPrivateSources: true });
		assert.deepEqual((await fetchRaw(withSources(local, [good.url]), block.cid)).bytes, block.bytes);
	});

	test("behavior: own sources are asked first, and once", async () => {
		const both = withSources(client(good.url), [`${good.url}/`, "https://gateway.example"]);
		assert.deepEqual(
			both.sources.map(({ url, own }) => [url, own]),
			[
				[good.url, true],
				["https://gateway.example", false],
			],
		);
	});
});

describe("fetchDag and exportTo", () => {
	test("default: a folder comes out as it went in, by one CAR", async () => {
		const { root, dag } = await sampleTree();
		await store(dag, good);
		const target = join(folder, "out-default");
		const exported = await exportTo(client(good.url), dag.root, target);
		assert.deepEqual(await readdir(target, { recursive: true }), await readdir(root, { recursive: true }));
		for (const { path } of exported.files)
			assert.deepEqual(await readLocal(join(target, path)), await readLocal(join(root, path)));
		assert.equal((await importPath(target)).root.toString(), dag.root.toString());
		assert.equal(good.requests.filter((request) => request.includes("format=car")).length, 1);
	});

	test("behavior: a repeated chunk is fetched and placed wherever it belongs", async () => {
		const { dag, big } = await sampleTree();
		await store(dag, good);
		good.faults = [{ kind: "no-car" }];
		const target = join(folder, "out-raw");
		await exportTo(client(good.url), dag.root, target);
		assert.deepEqual(await readLocal(join(target, "big.bin")), big);
	});

	test("behavior: continues with another source where a CAR broke off", async () => {
		const { dag } = await sampleTree();
		await store(dag, good, bad);
		bad.faults = [{ kind: "truncate-car", afterBlocks: 3 }];
		const blocks = await collect(fetchDag(client(bad.url, good.url), dag.root));
		assert.equal(blocks.length, dag.blockCount);
	});

	test("behavior: a block that lies inside a CAR is fetched elsewhere", async () => {
		const { dag, big } = await sampleTree();
		await store(dag, good, bad);
		const leaf = rawBlock(big.subarray(0, 2 ** 20)).cid.toString();
		bad.faults = [{ kind: "corrupt", cid: leaf }];
		const blocks = await collect(fetchDag(client(bad.url, good.url), dag.root));
		assert.equal(blocks.length, dag.blockCount);
	});

	test("behavior: a missing block fails the whole and leaves nothing behind", async () => {
		const { dag, big } = await sampleTree();
		await store(dag, good);
		good.faults = [{ kind: "missing", cid: rawBlock(big.subarray(0, 2 ** 20)).cid.toString() }];
		const target = join(folder, "out-missing");
		await assert.rejects(exportTo(client(good.url), dag.root, target), { code: "content-unavailable" });
		await assert.rejects(access(target), { code: "ENOENT" });
		await assert.rejects(access(`${target}.partial`), { code: "ENOENT" });
	});

	test("behavior: a file is written at the target itself", async () => {
		const cid = await store(await importBytes(Buffer.from("weights")), good);
		const target = join(folder, "out-file");
		const { files } = await exportTo(client(good.url), cid, target);
		assert.equal(await readLocal(target, "utf8"), "weights");
		assert.deepEqual(files, [{ path: "", size: 7, cid: cid.toString() }]);
	});

	test("behavior: a sharded folder comes out whole", async () => {
		const file = await importBytes(Buffer.from("x"));
		const names = Array.from({ length: 6000 }, (_, index) => `a-rather-long-file-name-${index}`);
		const dag = await directoryOf(names.map((name) => ({ name, root: file.root, size: file.size })));
		assert(dag.blockCount > 200);
		await store(file, good);
		await store(dag, good);
		const target = join(folder, "out-sharded");
		const { files } = await exportTo(client(good.url), dag.root, target);
		assert.deepEqual(files.map(({ path }) => path).sort(), names.sort());
	});

	test("behavior: never writes over what is there", async () => {
		const cid = await store(await importBytes(Buffer.from("new")), good);
		const target = join(folder, "out-taken");
		await writeFile(target, "mine");
		await assert.rejects(exportTo(client(good.url), cid, target), { code: "export-failed" });
		assert.equal(await readLocal(target, "utf8"), "mine");
	});

	test("behavior: caps stop it", async () => {
		const { dag } = await sampleTree();
		await store(dag, good);
		const target = join(folder, "out-capped");
		for (const limits of [{ maxBytes: 2 ** 20 }, { maxEntries: 3 }, { maxDepth: 1 }])
			await assert.rejects(exportTo(client(good.url), dag.root, target, { limits }), /more than|deeper/);
		for (const limits of [{ maxBytes: 2 ** 20 }, { maxBlocks: 3 }])
			await assert.rejects(collect(fetchDag(client(good.url), dag.root, { limits })), /more than/);
	});
});

describe("readFile", () => {
	test("default: a file of several blocks", async () => {
		const bytes = randomBytes(2 ** 20 + 5);
		const cid = await store(await importBytes(bytes), good);
		assert.deepEqual(Buffer.from(await readFile(client(good.url), cid, { maxBytes: 2 ** 21 })), bytes);
	});

	test("behavior: refuses a directory and a file over the cap", async () => {
		const { dag } = await sampleTree();
		await store(dag, good);
		await assert.rejects(readFile(client(good.url), dag.root, { maxBytes: 10 }), /is a directory/);
		const cid = await store(await importBytes(Buffer.from("12345")), good);
		await assert.rejects(readFile(client(good.url), cid, { maxBytes: 4 }), { code: "content-too-large" });
	});
});
