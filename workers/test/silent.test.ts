import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { resultStatus, unpackResult } from "depin";
import { getAccount, getConfig, getJob, getNode } from "depin/actions";
import { until } from "./until.ts";
import { startWorld, type World } from "./world.ts";

const SOON = { challengeFor: 3 };

let world: World;
before(async () => {
	world = await startWorld({ nodes: 2, challengeFloor: 3 });
});
after(() => world.stop());

test("default", async () => {
	// A node claims and falls silent. The job is reopened, the other node takes it, and the silent one loses its slice.
	const { client, devnet } = world;
	const [silent, other] = devnet.accounts.nodes;
	const keeper = devnet.accounts.keeper.address;
	const consumer = devnet.accounts.consumer.address;
	assert.ok(silent && other);
	const choices = { ...SOON, node: silent.address, rampFor: 100, beatEvery: 300, bond: 1_000_000n };
	const program = `setTimeout(() => require("fs").writeFileSync("/outputs/a", "done"), 3000)`;
	const job = await world.order(program, { choices });
	assert.equal((await job.event("Claimed")).args.node, silent.address);
	await devnet.nodes[0]?.kill("SIGKILL");
	const before = {
		keeper: await getAccount(client, { account: keeper }),
		consumer: await getAccount(client, { account: consumer }),
	};
	await world.pass(400);

	const { args: expired } = await job.event("Expired");
	const { livenessBps } = await getConfig(client);
	const slice = (choices.bond * BigInt(livenessBps)) / 10_000n;
	assert.deepEqual(
		{
			node: expired.node,
			slash: expired.slash,
			bounty: expired.bounty,
			keeper: expired.keeper,
			reopened: expired.reopened,
		},
		{ node: silent.address, slash: slice, bounty: slice / 5n, keeper, reopened: true },
	);
	const { stake, locked } = await getNode(client, { node: silent.address });
	assert.deepEqual({ stake, locked }, { stake: 1_000_000_000n - slice, locked: 0n });
	assert.equal((await getAccount(client, { account: keeper })).free, before.keeper.free + slice / 5n);
	assert.equal(
		(await getAccount(client, { account: consumer })).free,
		before.consumer.free,
		"silence does not enrich the consumer",
	);

	assert.equal((await job.event("Claimed", 0, 1)).args.node, other.address);
	assert.equal((await job.event("Settled")).args.pay, job.order.maxPrice);
	assert.deepEqual(await job.history(), ["Posted", "Claimed", "Expired", "Claimed", "Submitted", "Settled"]);

	await devnet.nodes[0]?.start();
	await until("the silent node has cleaned up", async () => (await world.leftovers()).length === 0);
});

test("behavior: a node that is at work says so in time", async () => {
	const program = `setTimeout(() => require("fs").writeFileSync("/outputs/a", "done"), 8000)`;
	const job = await world.order(program, { choices: { ...SOON, beatEvery: 300 } });
	const claimed = await job.event("Claimed");
	await world.pass(200);
	const beat = await job.event("Beat");
	assert.ok(beat.args.deadline > claimed.args.deadline);
	await world.pass(200); // the first deadline is over now
	assert.equal((await job.event("Settled")).args.pay, job.order.maxPrice);
});

test("behavior: the job of a node that is silent once the order is over goes back to the consumer", async () => {
	const [silent] = world.devnet.accounts.nodes;
	assert.ok(silent);
	const choices = { ...SOON, node: silent.address, rampFor: 0, openFor: 60 };
	const job = await world.order("setInterval(() => {}, 1000)", { choices });
	await job.event("Claimed");
	await world.devnet.nodes[0]?.kill("SIGKILL");
	await world.pass(job.order.maxRun + 1);
	const { args } = await job.event("Expired");
	assert.equal(args.reopened, false);
	assert.notEqual((await getJob(world.client, { order: job.order, job: 0 })).state, "open");
	await world.devnet.nodes[0]?.start();
	await until("the silent node has cleaned up", async () => (await world.leftovers()).length === 0);
});

test("behavior: a lot's tasks run one after the other, and a failed one does not end it", async () => {
	const parameters = ["0", "1", "2", "3"].map((N) => ({ N }));
	const program = `require("fs").writeFileSync("/outputs/n", process.env.N + process.env.DEPIN_TASK_INDEX); process.exit(process.env.N === "2" ? 5 : 0)`;
	const job = await world.order(program, { parameters, tasksPerLot: 2, choices: SOON });
	await Promise.all([job.event("Settled", 0), job.event("Settled", 1)]);
	const [first, second] = [await job.event("Submitted", 0), await job.event("Submitted", 1)].map(({ args }) =>
		unpackResult(args.result),
	);
	assert.equal(first?.status, resultStatus.ok);
	assert.deepEqual([second?.status, second?.exitCode], [resultStatus.nonzeroExit, 5]);
	const { subject, predicate } = await job.statement(1);
	assert.deepEqual(
		subject.map(({ name }) => name),
		["2/n", "3/n"],
	);
	assert.deepEqual(
		predicate.runDetails.depin.tasks.map(({ reason }) => reason),
		["exit-nonzero", "ok"],
	);
	assert.equal(await world.read(subject[1]?.uri.replace("ipfs://", "") ?? ""), "33");
});
