import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import { createContentClient } from "./client.ts";
import { type Dag, joinDags } from "./dag.ts";
import { fetchDag } from "./fetch.ts";
import { collect, startTestGateway, type TestGateway } from "./gateway.fixture.ts";
import { importBytes } from "./unixfs.ts";
import { upload } from "./upload.ts";

let gateway: TestGateway;
beforeEach(async () => {
	gateway = await startTestGateway();
});
afterEach(() => gateway.close());

const client = () =>
	createContentClient({ sources: [gateway.url], uploadTo: { url: gateway.url, token: "secret-token" } });

test("default: one part names the root and carries the token", async () => {
	const dag = await importBytes(Buffer.from("hello"));
	const uploaded = await upload(client(), dag, { name: "greeting" });
	assert.deepEqual(uploaded, { root: dag.root.toString(), blocks: 1, bytes: 5 });
	assert.deepEqual(gateway.uploads, [
		{ roots: [dag.root.toString()], blocks: 1, name: "greeting", authorization: "Bearer secret-token" },
	]);
});

test("behavior: large content goes in parts, and only the last names roots", async () => {
	const dag = await importBytes(randomBytes(5 * 2 ** 20));
	const progress: number[] = [];
	await upload(client(), dag, {
		name: "weights",
		partBytes: 2 * 2 ** 20 + 1000,
		onProgress: ({ bytes, of }) => progress.push(bytes / of),
	});
	assert.deepEqual(
		gateway.uploads.map(({ roots, blocks }) => [roots.length, blocks]),
		[
			[0, 2],
			[0, 2],
			[1, 2],
		],
	);
	assert.equal(progress.at(-1), 1);
	assert.equal((await collect(fetchDag(client(), dag.root))).length, dag.blockCount);
});

test("behavior: several contents go as one and share their blocks", async () => {
	const [one, two] = [await importBytes(Buffer.from("one")), await importBytes(Buffer.from("two"))];
	const joined: Dag = joinDags([one, two, one]);
	await upload(client(), joined, { name: "both", alsoPin: [two.root] });
	assert.deepEqual(gateway.uploads[0]?.roots, [two.root.toString(), one.root.toString()]);
	assert.equal(gateway.uploads[0]?.blocks, 2);
});

test("behavior: a refused token is said to be one, and not tried again", async () => {
	gateway.faults = [{ kind: "status", status: 401 }];
	await assert.rejects(upload(client(), await importBytes(Buffer.from("x")), { name: "x" }), /token in the profile/);
	assert.equal(gateway.requests.length, 1);
});

test("behavior: a node that fails for the moment is tried again", async () => {
	gateway.faults = [{ kind: "status", status: 503 }];
	const uploading = upload(client(), await importBytes(Buffer.from("x")), { name: "x" });
	while (gateway.requests.length === 0) await new Promise((next) => setImmediate(next));
	gateway.faults = [];
	await uploading;
	assert.equal(gateway.uploads.length, 1);
});

test("behavior: without a storage node it says where to put one", async () => {
	const reader = createContentClient({ sources: [gateway.url] });
	await assert.rejects(upload(reader, await importBytes(Buffer.from("x")), { name: "x" }), /into the profile/);
});
