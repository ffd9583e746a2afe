import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { resultStatus, unpackResult } from "depin";
import { testClient } from "../../deploy/devnet/chain.ts";
import { until } from "./until.ts";
import { type PostedJob, startWorld, type World } from "./world.ts";

const SOON = { challengeFor: 3 };
/** Says how often it was started, and when it is over. */
const PROGRAM = `
	const fs = require("fs");
	fs.appendFileSync("/outputs/starts", "x");
	setTimeout(() => fs.writeFileSync("/outputs/end", "done"), 4000);
`;

let world: World;
before(async () => {
	world = await startWorld({ nodes: 1, challengeFloor: 3 });
});
after(() => world.stop());

test("default", async () => {
	// kill -9 in the middle of a run: the container outlives the node, and the next start adopts it.
	const job = await world.order(PROGRAM, { choices: SOON });
	const container = await runningContainer(job);
	await world.devnet.nodes[0]?.kill("SIGKILL");
	await world.devnet.nodes[0]?.start();
	await paidOnce(job);
	assert.deepEqual(await outputsOf(job), { starts: "x", end: "done" }, `${container} ran once, to its end`);
});

test("behavior: killed -9 after the claim", async () => {
	const job = await world.order(PROGRAM, { choices: SOON });
	await job.event("Claimed");
	await world.devnet.nodes[0]?.kill("SIGKILL");
	await world.devnet.nodes[0]?.start();
	await paidOnce(job);
	assert.equal((await outputsOf(job)).end, "done");
});

test("behavior: killed -9 while its claim waits for a block", async () => {
	await world.mining(false);
	const posting = world.order(PROGRAM, { choices: SOON });
	await until("the order is sent", async () => (await world.pending()).length > 0);
	await testClient(world.devnet.rpcUrl).mine({ blocks: 1 });
	const job = await posting;
	await until("the claim is sent", async () => (await world.pending()).length > 0);
	await world.devnet.nodes[0]?.kill("SIGKILL");
	await world.mining(true);
	await job.event("Claimed");
	await world.devnet.nodes[0]?.start();
	await paidOnce(job);
});

test("behavior: killed -9 after the result was sent, which a block then takes", async () => {
	const job = await sentAndKilled();
	await world.mining(true);
	await job.event("Submitted");
	await world.devnet.nodes[0]?.start();
	await paidOnce(job);
});

test("behavior: killed -9 after the result was sent, which no block ever takes", async () => {
	const job = await sentAndKilled();
	const chain = testClient(world.devnet.rpcUrl);
	for (const hash of await world.pending()) await chain.dropTransaction({ hash });
	await world.mining(true);
	await world.devnet.nodes[0]?.start();
	await paidOnce(job);
});

test("behavior: a node told to stop hands its running container to the next start", async () => {
	const job = await world.order(PROGRAM.replace("4000", "12000"), { choices: SOON });
	await runningContainer(job);
	await world.devnet.nodes[0]?.kill("SIGTERM");
	assert.equal((await world.leftovers()).filter((left) => left.startsWith("container")).length, 1);
	await world.devnet.nodes[0]?.start();
	await paidOnce(job);
	assert.deepEqual(await outputsOf(job), { starts: "x", end: "done" });
});

test("behavior: after all these kills nothing is left", async () => {
	await until("nothing is left", async () => (await world.leftovers()).length === 0);
});

/** A job whose submit sits in the mempool of a chain that makes no blocks, and whose node is dead. */
async function sentAndKilled(): Promise<PostedJob> {
	const job = await world.order(PROGRAM, { choices: SOON });
	await runningContainer(job);
	await job.event("Claimed");
	await world.mining(false);
	await until("the result is sent", async () => (await world.pending()).length > 0);
	await world.devnet.nodes[0]?.kill("SIGKILL");
	return job;
}

/** Submitted once and settled once, ok, and no bond is left locked. */
async function paidOnce(job: PostedJob): Promise<void> {
	const settled = await job.event("Settled");
	assert.equal(settled.args.pay, job.order.maxPrice);
	assert.deepEqual(await job.history(), ["Posted", "Claimed", "Submitted", "Settled"]);
	assert.equal(unpackResult((await job.event("Submitted")).args.result).status, resultStatus.ok);
}

async function runningContainer(job: PostedJob): Promise<string> {
	return until("its container runs", async () => {
		const filters = { label: [`depin.order=${job.orderId}`], status: ["running"] };
		return (await world.engine.docker.listContainers({ filters }))[0]?.Id;
	});
}

async function outputsOf(job: PostedJob): Promise<Record<string, string>> {
	const { subject } = await job.statement();
	const files = subject.map(async ({ name, uri }) => [name, await world.read(uri.replace("ipfs://", ""))] as const);
	return Object.fromEntries(await Promise.all(files));
}
