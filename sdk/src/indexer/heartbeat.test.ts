import assert from "node:assert/strict";
import { test } from "node:test";
import { privateKeyToAccount } from "viem/accounts";
import { heartbeat } from "./heartbeat.fixture.ts";
import { isSignedByNode, signedHeartbeatSchema, signHeartbeat } from "./heartbeat.ts";

const deployment = { chainId: 31_337, market: `0x${"aa".repeat(20)}` } as const;
const account = privateKeyToAccount(`0x${"01".repeat(32)}`);

test("default", async () => {
	const signed = await signHeartbeat(deployment, account, heartbeat());
	assert.deepEqual(signedHeartbeatSchema.parse(JSON.parse(JSON.stringify(signed))), signed);
	assert.equal(signed.heartbeat.node, account.address.toLowerCase());
	assert.equal(await isSignedByNode(deployment, signed), true);
});

test("behavior: any change of what was said, or of where, voids the signature", async () => {
	const signed = await signHeartbeat(deployment, account, heartbeat());
	const changes = [{ sentAt: signed.heartbeat.sentAt + 1 }, { class: 2 }, { draining: true }, { tiers: [] }];
	for (const change of changes) {
		const changed = { ...signed, heartbeat: { ...signed.heartbeat, ...change } };
		assert.equal(await isSignedByNode(deployment, changed), false, JSON.stringify(change));
	}
	const other = { ...signed, heartbeat: { ...signed.heartbeat, node: `0x${"bb".repeat(20)}` } };
	assert.equal(await isSignedByNode(deployment, other), false);
	assert.equal(await isSignedByNode({ ...deployment, chainId: 1 }, signed), false);
	assert.equal(await isSignedByNode({ ...deployment, market: `0x${"ab".repeat(20)}` }, signed), false);
	for (const junk of ["00", "ff"]) {
		assert.equal(await isSignedByNode(deployment, { ...signed, signature: `0x${junk.repeat(65)}` }), false);
	}
});

test("behavior: what is not said by the book is refused by field", () => {
	const wrong: [string, object][] = [
		["free.cpus", { free: { ...heartbeat().free, cpus: -1 } }],
		["price.min", { price: { min: "0.5", minPerSecond: "0" } }],
		["tiers.0", { tiers: ["root"] }],
		["warm.images", { warm: { images: Array.from({ length: 257 }, () => "a"), contents: [] } }],
		["warm.contents.0", { warm: { images: [], contents: ["a b"] } }],
	];
	const node = account.address.toLowerCase();
	for (const [path, change] of wrong) {
		const signed = { heartbeat: { ...heartbeat(), node, ...change }, signature: `0x${"00".repeat(65)}` };
		const { error } = signedHeartbeatSchema.safeParse(signed);
		assert.deepEqual(
			error?.issues.map((issue) => issue.path.join(".")),
			[`heartbeat.${path}`],
		);
	}
});
