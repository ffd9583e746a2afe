// The last story, as it looks back on all the others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, refusedByPolicy, skip, world } from "../visit.ts";

test("behavior: the page asked nobody but this market's services, and broke no rule of its policy", {
	skip,
}, async () => {
	const { devnet, site } = world;
	const known = [site.url, devnet.rpcUrl, devnet.gateway?.url ?? "", devnet.storage.url, devnet.channelUrl];
	const allowed = new Set(known.map((url) => new URL(url).origin));
	assert.deepEqual(
		[...asked].filter((origin) => !allowed.has(origin) && origin !== "null"),
		[],
	);
	assert.deepEqual(refusedByPolicy, []);
});
