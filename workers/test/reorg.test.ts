import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { unpackResult } from "depin";
import { testClient } from "../../deploy/devnet/chain.ts";
import { until } from "./until.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
before(async () => {
	world = await startWorld({ nodes: 1, challengeFloor: 3 });
});
after(() => world.stop());

test("default", async () => {
	// The block with the claim is replaced by one without it: the node claims again and its container runs on.
	const chain = testClient(world.devnet.rpcUrl);
	await chain.setIntervalMining({ interval: 0 });
	const posting = world.order(
		`require("fs").appendFileSync("/outputs/starts", "x"); setTimeout(() => console.log("end"), 5000)`,
		{ choices: { challengeFor: 3 } },
	);
	await until("the order is sent", async () => (await world.pending()).length > 0);
	await chain.mine({ blocks: 1 });
	const job = await posting;
	await until("the claim is sent", async () => (await world.pending()).length > 0);
	const id = await chain.snapshot();
	await chain.mine({ blocks: 1 });
	const first = await job.event("Claimed");
	await until("the container runs", async () => (await world.leftovers()).some((left) => left.startsWith("container")));
	await chain.revert({ id });
	for (const hash of await world.pending()) await chain.dropTransaction({ hash });
	assert.deepEqual(await job.history(), ["Posted"], "the claim is gone");
	await chain.setIntervalMining({ interval: 1 });
	const second = await job.event("Claimed");
	assert.notEqual(second.blockHash, first.blockHash);
	assert.equal((await job.event("Settled")).args.pay, job.order.maxPrice);
	const [starts] = (await job.statement()).subject;
	assert.equal(await world.read(starts?.uri.replace("ipfs://", "") ?? ""), "x", "it was started once");
});

test("behavior: a reorganisation takes claim and result; the same run is handed in under the later claim", async () => {
	const chain = testClient(world.devnet.rpcUrl);
	await chain.setIntervalMining({ interval: 0 });
	const posting = world.order(`require("fs").appendFileSync("/outputs/starts", "x")`, {
		choices: { challengeFor: 3 },
	});
	await until("the order is sent", async () => (await world.pending()).length > 0);
	await chain.mine({ blocks: 1 });
	const job = await posting;
	await until("the claim is sent", async () => (await world.pending()).length > 0);
	const id = await chain.snapshot();
	await chain.mine({ blocks: 1 });
	const first = await job.event("Claimed");
	await until("the result is sent", async () => (await world.pending()).length > 0);
	await chain.revert({ id });
	for (const hash of await world.pending()) await chain.dropTransaction({ hash });
	// Whenever the job is claimed now, it is after the journalled result began.
	await chain.increaseTime({ seconds: 30 });
	await chain.setIntervalMining({ interval: 1 });
	const second = await job.event("Claimed");
	assert.ok(second.time > first.time);
	const { startedAt } = unpackResult((await job.event("Submitted")).args.result);
	assert.ok(startedAt >= second.time, "the chain's rule");
	assert.equal((await job.event("Settled")).args.pay, job.order.maxPrice);
	const [starts] = (await job.statement()).subject;
	assert.equal(await world.read(starts?.uri.replace("ipfs://", "") ?? ""), "x", "it was not run again");
});
