import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import type { JobSpec } from "depin/jobs";
import { createContentClient, importBytes, upload } from "depin/storage";
import { ensureEngine } from "../../../deploy/engine/ensure.ts";
import { lackOf } from "../../../deploy/setup/servers.ts";
import { pushImage } from "../../test/madeUpImage.ts";
import { testSpec } from "../../test/plan.ts";
import { startRegistry, type TestRegistry } from "../../test/registry.ts";
import { dockerEngine } from "../engine/docker.ts";
import { bytesOf, startTestNode, type TestNode, TOKEN } from "../storage/testNode.ts";
import { createCache } from "./cache/cache.ts";
import { cacheRows } from "./cache/cacheRows.ts";
import { createContentCache } from "./content.ts";
import { openJournal } from "./journal.ts";

const run = promisify(execFile);
const MIB = 2 ** 20;
const { docker, socketPath } = await ensureEngine(() => {});
const engine = dockerEngine({ socketPath });
const signal = AbortSignal.timeout(300_000);
let dir = "";
let storage: TestNode;
let registry: TestRegistry | undefined;
before(async () => {
	dir = await mkdtemp(join(tmpdir(), "depin-content-"));
	storage = await startTestNode();
	registry = lackOf("docker-registry") ? undefined : await startRegistry();
});
after(async () => {
	await registry?.stop();
	await storage.stop();
	engine.close();
	await rm(dir, { recursive: true, force: true });
});

type Given = {
	high?: number;
	low?: number;
	keepFree?: number;
	stateDir?: string;
	sources?: string[];
	maxBytes?: number;
};

/** A node's content as one process sees it; the same folder again is the same node started again. */
function nodeOf(name: string, given: Given = {}) {
	const { high = 2 ** 50, low = high, keepFree = 0, stateDir = join(dir, name), maxBytes = 2 ** 30 } = given;
	const journal = openJournal(join(dir, `${name}.db`));
	const evicted: string[] = [];
	const client = createContentClient({ sources: given.sources ?? [storage.url], allowPrivateSources: true });
	const cache = createCache({
		journal,
		engine,
		stateDir,
		disks: { image: stateDir, input: stateDir, outputs: stateDir },
		limits: { watermarks: { high, low }, keepFree },
		events: { evicting: async () => {}, evicted: ({ key }) => evicted.push(key), holds: () => {} },
	});
	const rules = { maxBytes, signatures: [] };
	const content = createContentCache({ client, engine, cache, stateDir, rules, holders: () => new Set(["kept"]) });
	return {
		rows: cacheRows(journal),
		evicted,
		ensure: (holder: string, spec: Partial<JobSpec>, sources: string[] = []) =>
			content.ensure(testSpec(spec), { holder, sources, signal }),
		release: content.release,
		holdInput: content.holdInput,
		demandRoom: (maxBytes: number) => content.demandRoom({ outputs: { maxBytes, maxFiles: 1 } }, signal),
		inputs: () => readdir(join(stateDir, "inputs")).catch(() => []),
		close: () => journal.close(),
	};
}

/** Stores content of a size and returns its CID. */
async function stored(seed: string, size = MIB): Promise<string> {
	const dag = await importBytes(bytesOf(seed, size));
	await upload(createContentClient({ sources: [], uploadTo: { url: storage.url, token: TOKEN } }), dag, { name: seed });
	return dag.root.toString();
}

/** The image that is already there: for tests that are about inputs. */
async function anyImage(): Promise<string> {
	return pushed({ "only-one": Buffer.from("always the same") });
}
const input = (cid: string) => ({ inputs: [{ path: "/inputs/a", cid }] });

async function pushed(files: Record<string, Buffer>, config: object = {}): Promise<string> {
	if (!registry) throw new Error("there is no registry");
	return pushImage(registry, "c", { files, config });
}
const freshImage = async (size = 1000) => pushed({ data: randomBytes(size) });
const present = async (image: string) => (await engine.imageId(image)) !== undefined;

describe("content of jobs", { skip: lackOf("docker-registry") }, () => {
	test("default", async () => {
		const node = nodeOf("default");
		const [image, cid] = [await freshImage(), await stored("default")];
		const content = await node.ensure("job", { image, ...input(cid) });
		assert.equal(content.imageId, await engine.imageId(image));
		assert.equal(content.inputs[0]?.source, join(dir, "default/inputs", cid));
		assert.deepEqual(await node.ensure("job", { image, ...input(cid) }), content, "nothing is fetched twice");
		await engine.removeImage(content.imageId);
		node.close();
	});

	test("behavior: above the high watermark what was not used for longest goes, and never what a job holds", async () => {
		const node = nodeOf("marks", { high: 3.5 * MIB, low: 2.5 * MIB });
		const image = await anyImage();
		const cids = await Promise.all(["m0", "m1", "m2", "m3", "m4"].map((seed) => stored(seed)));
		for (const [index, cid] of cids.slice(0, 3).entries()) await node.ensure(`job ${index}`, { image, ...input(cid) });
		for (const job of ["job 1", "job 2"]) await node.release(job);
		assert.deepEqual(node.evicted, []);
		await node.ensure("job 3", { image, ...input(cids[3] ?? "") });
		assert.deepEqual(node.evicted, [cids[1], cids[2]], "job 0 is the oldest, and holds its own");
		await node.ensure("job 4", { image, ...input(cids[4] ?? "") });
		await node.release("job 0");
		assert.equal((await node.inputs()).length, 3, "at the high watermark nothing more goes");
		node.close();
	});

	test("behavior: an image that somebody's container uses stays", async () => {
		const node = nodeOf("in-use", { high: 0 });
		const [used, idle] = [await freshImage(), await freshImage()];
		const { imageId } = await node.ensure("job", { image: used });
		await node.ensure("job", { image: idle });
		const container = await docker.createContainer({ Image: imageId, Cmd: ["/none"] });
		await node.release("job");
		assert.deepEqual([await present(used), await present(idle)], [true, false]);
		await container.remove();
		await node.release("job");
		assert.equal(await present(used), false);
		node.close();
	});

	test("behavior: what was in the engine before is not this node's to throw away", async () => {
		const image = await freshImage();
		const theirs = await engine.pullImage(image, signal);
		const node = nodeOf("theirs", { high: 0 });
		await node.ensure("job", { image });
		await node.release("job");
		assert.ok(await present(image));
		await engine.removeImage(theirs);
		node.close();
	});

	test("behavior: nor is the operator's own image that a job asks for by another name", async () => {
		const files = { data: randomBytes(8) };
		const theirs = await engine.pullImage(await pushed(files), signal);
		await docker.getImage(theirs).tag({ repo: "depin-test/of-the-operator", tag: "kept" });
		for (const { RepoDigests } of [await docker.getImage(theirs).inspect()])
			for (const name of RepoDigests ?? []) await docker.getImage(name).remove();
		const node = nodeOf("renamed", { high: 0 });
		const image = await pushed(files);
		assert.equal((await node.ensure("job", { image })).imageId, theirs);
		await node.release("job");
		assert.equal(node.rows.get({ kind: "image", key: image })?.ours, false);
		assert.ok(await engine.imageId(theirs));
		await docker.getImage(theirs).remove({ force: true });
		node.close();
	});

	test("behavior: what it loaded in an earlier life it still knows for its own", async () => {
		const image = await freshImage();
		const earlier = nodeOf("earlier");
		await earlier.ensure("over", { image });
		await earlier.release("over");
		earlier.close();
		const later = nodeOf("earlier", { high: 0 });
		await later.ensure("new", { image: await anyImage() });
		await later.release("new");
		assert.equal(await present(image), false);
		later.close();
	});

	test("behavior: an input that is handed to jurors stays until it is released, though its job is over", async () => {
		const node = nodeOf("challenged", { high: 0 });
		const [image, cid] = [await anyImage(), await stored("challenged")];
		await node.ensure("job", { image, ...input(cid) });
		const held = await node.holdInput(cid, "answer job");
		await node.release("job");
		assert.deepEqual([held, await node.inputs()], [{ path: join(dir, "challenged/inputs", cid), bytes: MIB }, [cid]]);
		await node.release("answer job");
		assert.deepEqual(await node.inputs(), []);
		assert.equal(await node.holdInput(cid, "answer job"), undefined, "nothing is fetched for it");
		node.close();
	});

	test("behavior: started again, it keeps what jobs in hand hold, and finishes what a kill cut short", async () => {
		const image = await anyImage();
		const [kept, idle, half, going] = await Promise.all(["r0", "r1", "r2", "r3"].map((seed) => stored(seed)));
		const before = nodeOf("killed");
		await before.ensure("kept", { image, ...input(kept ?? "") });
		for (const cid of [idle, going]) await before.ensure("over", { image, ...input(cid ?? "") });
		const pulled = await freshImage();
		const { imageId } = await before.ensure("over", { image: pulled });
		// As a kill leaves them: an input half fetched, one half deleted, an image the engine got whole a moment later.
		const blank = { imageId: undefined, bytes: 0, usedAt: 0, ours: true };
		before.rows.put({ ...blank, kind: "input", key: half ?? "", state: "coming" });
		await writeFile(join(dir, "killed/inputs", `${half}.partial`), "half");
		before.rows.mark({ kind: "input", key: going ?? "" }, "going");
		before.rows.put({ ...blank, kind: "image", key: pulled, state: "coming" });
		before.close();

		const after = nodeOf("killed", { high: 0 });
		await after.ensure("new", { image, ...input(half ?? "") });
		assert.equal(after.rows.get({ kind: "image", key: pulled })?.imageId, undefined, "it was evicted like any other");
		assert.equal(await engine.imageId(imageId), undefined);
		assert.deepEqual((await after.inputs()).sort(), [kept, half].sort());
		await after.ensure("new", { image, ...input(going ?? "") });
		assert.equal((await readFile(join(dir, "killed/inputs", going ?? ""))).length, MIB, "fetched anew, and whole");
		after.close();
	});

	test("behavior: without room nothing is fetched or run, and the job goes back", async () => {
		const node = nodeOf("full", { keepFree: 2 ** 60 });
		const image = await freshImage();
		const refused = { name: "ContentFailure", reason: "disk-full", message: /goes back unpaid/ };
		await assert.rejects(node.ensure("job", { image }), refused);
		assert.equal(await present(image), false);
		await assert.rejects(node.demandRoom(1), refused);
		node.close();
	});

	test("behavior: a small disk is cleared of what is idle, and never filled", { skip: noMounts() }, async () => {
		const stateDir = join(dir, "small");
		await mkdir(stateDir);
		await run("mount", ["-t", "tmpfs", "-o", "size=8m", "none", stateDir]);
		try {
			const node = nodeOf("small", { stateDir, keepFree: 2 * MIB });
			const image = await anyImage();
			const small = (name: string) => stored(name, 2.5 * MIB);
			for (const name of ["a", "b"]) await node.ensure(name, { image, ...input(await small(name)) });
			await assert.rejects(node.ensure("c", { image, ...input(await small("c")) }), { reason: "disk-full" });
			await node.release("a");
			await node.ensure("c", { image, ...input(await small("c")) });
			assert.deepEqual(node.evicted.length, 1);
			await assert.rejects(node.demandRoom(1.25 * MIB), { reason: "disk-full" });
			await node.release("b");
			await node.demandRoom(1.25 * MIB);
			assert.equal((await node.inputs()).length, 1, "and nothing half fetched");
			node.close();
		} finally {
			await run("umount", [stateDir]);
		}
	});

	test("behavior: an image that unfolds to more than the node takes does not stay", async () => {
		const bomb = await pushed({ zeros: Buffer.alloc(64 * MIB), salt: randomBytes(8) });
		const node = nodeOf("bomb", { maxBytes: 16 * MIB });
		await assert.rejects(node.ensure("job", { image: bomb }), { reason: "image-invalid", message: /unpacked/ });
		assert.equal(await present(bomb), false);
		node.close();
	});

	test("behavior: a dangerous image that somebody else pulled does not run either", async () => {
		const image = await pushed({ data: randomBytes(8) }, { Env: ["LD_PRELOAD=/owned.so"] });
		await assert.rejects(
			engine.pullImage(image, signal),
			{ code: "image-invalid" },
			"the engine's own pull refuses it",
		);
		await text(await docker.pull(image));
		const node = nodeOf("dangerous");
		await assert.rejects(node.ensure("job", { image }), { reason: "image-invalid", message: /LD_PRELOAD/ });
		await docker.getImage(image).remove();
		node.close();
	});

	test("behavior: two jobs that want one input each ask their own sources", async () => {
		const node = nodeOf("sources", { sources: [] });
		const [image, cid] = [await anyImage(), await stored("sources")];
		const [lost, found] = await Promise.allSettled([
			node.ensure("one", { image, ...input(cid) }, ["http://127.0.0.1:1"]),
			node.ensure("other", { image, ...input(cid) }, [storage.url]),
		]);
		assert.deepEqual([lost.status, found.status], ["rejected", "fulfilled"]);
		node.close();
	});
});

function noMounts(): string | false {
	return process.getuid?.() === 0 ? false : "mounting is not installed for an ordinary user";
}
