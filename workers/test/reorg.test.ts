import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { unpackResult } from "depin";
import type { Hex } from "viem";
import { publicClient, testClient } from "../../deploy/devnet/chain.ts";
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
	await world.mining(false);
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
	await world.mining(true);
	const second = await job.event("Claimed");
	assert.notEqual(second.blockHash, first.blockHash);
	assert.equal((await job.event("Settled")).args.pay, job.order.maxPrice);
	const [starts] = (await job.statement()).subject;
	assert.equal(await world.read(starts?.uri.replace("ipfs://", "") ?? ""), "x", "it was started once");
});

test("behavior: a reorganisation takes claim and result; the same run is handed in under the later claim", async () => {
	const chain = testClient(world.devnet.rpcUrl);
	await world.mining(false);
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
	await world.mining(true);
	const second = await job.event("Claimed");
	assert.ok(second.time > first.time);
	const { startedAt } = unpackResult((await job.event("Submitted")).args.result);
	assert.ok(startedAt >= second.time, "the chain's rule");
	assert.equal((await job.event("Settled")).args.pay, job.order.maxPrice);
	const [starts] = (await job.statement()).subject;
	assert.equal(await world.read(starts?.uri.replace("ipfs://", "") ?? ""), "x", "it was not run again");
});

test("behavior: a reorganisation puts the claim back into the pool; the node waits for it and keeps the run", async () => {
	const chain = testClient(world.devnet.rpcUrl);
	await world.mining(false);
	const posting = world.order(`setTimeout(() => console.log("end"), 3000)`, { choices: { challengeFor: 3 } });
	await until("the order is sent", async () => (await world.pending()).length > 0);
	await chain.mine({ blocks: 1 });
	const job = await posting;
	const [hash] = await until("the claim is sent", async () => nonEmpty(await world.pending()));
	const { maxFeePerGas = 0n } = await publicClient(world.devnet.rpcUrl).getTransaction({ hash });
	const id = await chain.snapshot();
	await chain.mine({ blocks: 1 });
	await job.event("Claimed");
	await chain.revert({ id });
	const lost = await metric("depin_node_lost_jobs_total");
	// One block that is too dear for the claim; it would be good in the next, so a second claim is refused.
	await chain.setNextBlockBaseFeePerGas({ baseFeePerGas: maxFeePerGas + 1n });
	await chain.mine({ blocks: 1 });
	assert.deepEqual(await job.history(), ["Posted"]);
	await until("the node asked again", () =>
		metric('depin_chain_sent_transactions_total{call="claim",outcome="refused"}'),
	);
	await world.mining(true);
	assert.equal((await job.event("Settled")).args.pay, job.order.maxPrice);
	assert.equal(await metric("depin_node_lost_jobs_total"), lost);
});

const nonEmpty = (hashes: readonly Hex[]) => (hashes[0] ? ([hashes[0]] as const) : undefined);

/** 0 where the node counted none. */
async function metric(name: string): Promise<number> {
	const text = await (await fetch(`${world.devnet.nodes[0]?.url}/metrics`)).text();
	return Number(
		text
			.split("\n")
			.find((line) => line.startsWith(`${name} `))
			?.slice(name.length) ?? 0,
	);
}
