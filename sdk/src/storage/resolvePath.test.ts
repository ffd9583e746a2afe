import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { createContentClient } from "./client.ts";
import type { Dag } from "./dag.ts";
import { startTestGateway, type TestGateway } from "./gateway.fixture.ts";
import { resolvePath } from "./resolvePath.ts";
import { directoryOf, importBytes } from "./unixfs.ts";

let gateway: TestGateway;
beforeEach(async () => {
	gateway = await startTestGateway();
});
afterEach(() => gateway.close());

async function store(dag: Dag): Promise<void> {
	for await (const block of dag.blocks()) gateway.blocks.set(block.cid.toString(), block);
}

/** `inner/<name>` for each of the names, all with the same content. */
async function nested(names: string[]) {
	const file = await importBytes(Buffer.from("x"));
	const inner = await directoryOf(names.map((name) => ({ name, root: file.root, size: file.size })));
	const outer = await directoryOf([{ name: "inner", root: inner.root, size: inner.size }]);
	for (const dag of [file, inner, outer]) await store(dag);
	return { file, inner, outer, client: createContentClient({ sources: [gateway.url] }) };
}

test("default: a path, a part of it, and the root itself", async () => {
	const { file, inner, outer, client } = await nested(["a", "b"]);
	assert.equal(String(await resolvePath(client, outer.root, "inner/b")), String(file.root));
	assert.equal(String(await resolvePath(client, outer.root, "inner")), String(inner.root));
	assert.equal(String(await resolvePath(client, outer.root, "")), String(outer.root));
});

test("behavior: finds names in sharded directories", async () => {
	const names = Array.from({ length: 5500 }, (_, index) => `a-name-that-takes-some-room-${index}`);
	const { file, outer, client } = await nested(names);
	for (const name of [names[0], names[4321], names[5499]])
		assert.equal(String(await resolvePath(client, outer.root, `inner/${name}`)), String(file.root));
	await assert.rejects(resolvePath(client, outer.root, "inner/nobody"), { code: "path-not-found" });
});

test("behavior: says which name is missing", async () => {
	const { outer, client } = await nested(["a"]);
	await assert.rejects(resolvePath(client, outer.root, "inner/nope"), /"nope" is missing/);
	await assert.rejects(resolvePath(client, outer.root, "inner/a/deeper"), /"deeper" is missing/);
	await assert.rejects(resolvePath(client, outer.root, "0A"), { code: "path-not-found" });
});
