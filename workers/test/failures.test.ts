import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { payOf, resultStatus, unpackResult } from "depin";
import { closeOrder, getAccount, getJob, getNode, stopJob } from "depin/actions";
import { importBytes } from "depin/storage";
import { until } from "./until.ts";
import { type PostedJob, startWorld, type World } from "./world.ts";

let world: World;

before(async () => {
	world = await startWorld({ nodes: 2, challengeFloor: 3 });
});
after(async () => {
	await world.stop();
});

const SOON = { challengeFor: 3 };
const HOG = "const kept = []; for (;;) kept.push(Buffer.alloc(8 << 20, 1));";

/** The submitted result, its statement, and what was paid for it. */
async function ended(job: PostedJob) {
	const { args } = await job.event("Submitted");
	const statement = await job.statement();
	const settled = await job.event("Settled");
	return {
		result: unpackResult(args.result),
		pay: settled.args.pay,
		statement,
		depin: statement.predicate.runDetails.depin,
	};
}

test("default", async () => {
	const job = await world.order(`require("fs").writeFileSync("/outputs/a.txt", "hello"); console.log("done")`, {
		choices: SOON,
	});
	const { result, pay, statement } = await ended(job);
	assert.equal(result.status, resultStatus.ok);
	assert.equal(pay, job.order.maxPrice);
	assert.deepEqual(
		statement.subject.map(({ name }) => name),
		["a.txt"],
	);
	assert.equal(await job.log(), "done\n");
	assert.deepEqual(await job.history(), ["Posted", "Claimed", "Submitted", "Settled"]);
});

test("behavior: a container that exits 3 is reported, and paid for the time it ran", async () => {
	const job = await world.order(
		`require("fs").writeFileSync("/outputs/part", "x"); setTimeout(() => process.exit(3), 2500)`,
		{ choices: SOON },
	);
	const { result, pay, statement, depin } = await ended(job);
	assert.equal(result.status, resultStatus.nonzeroExit);
	assert.equal(result.exitCode, 3);
	assert.equal(depin.outcome.reason, "exit-nonzero");
	assert.deepEqual(
		statement.subject.map(({ name }) => name),
		["part"],
		"what it wrote is kept",
	);
	assert.ok(result.billed >= 1, `billed ${result.billed} s`);
	assert.equal(pay, payOf(job.order, 0, result));
	assert.ok(pay > 0n && pay < job.order.maxPrice);
});

test("behavior: out of memory", async () => {
	const job = await world.order(HOG, { choices: SOON, spec: { resources: resources({ memoryMiB: 96 }) } });
	const { result, depin } = await ended(job);
	assert.equal(result.status, resultStatus.outOfMemory);
	assert.equal(depin.outcome.oomKilled, true);
});

test("behavior: out of memory in a child only, while the container exits 0", async () => {
	const program = `require("child_process").spawnSync("node", ["-e", ${JSON.stringify(HOG)}]); process.exit(0)`;
	const job = await world.order(program, { choices: SOON, spec: { resources: resources({ memoryMiB: 160 }) } });
	const { result, depin } = await ended(job);
	assert.equal(result.exitCode, 0);
	assert.equal(result.status, resultStatus.outOfMemory);
	assert.equal(depin.outcome.reason, "oom");
});

test("behavior: a container that runs past its timeout is stopped and still reported", async () => {
	const program = `require("fs").writeFileSync("/outputs/early", "x"); console.log("began"); setInterval(() => {}, 1000)`;
	const job = await world.order(program, { choices: SOON, spec: { timeout: 2 } });
	const { result, statement, depin } = await ended(job);
	assert.equal(result.status, resultStatus.timeout);
	assert.equal(depin.outcome.reason, "timeout");
	assert.deepEqual(
		statement.subject.map(({ name }) => name),
		["early"],
	);
	assert.equal(await job.log(), "began\n");
});

test("behavior: an image nobody has sends the job from node to node, unpaid and unpunished", async () => {
	const nowhere = (await importBytes(Buffer.from(`no such image ${Date.now()}`))).root.toString();
	const job = await world.order("0", { choices: SOON, spec: { image: nowhere } });
	await returnedByBoth(job, "image-missing");
	assert.match(await job.log(), new RegExp(`image ${nowhere}`));
});

test("behavior: an input nobody has sends the job from node to node, unpaid and unpunished", async () => {
	const nowhere = (await importBytes(Buffer.from(`no such input ${Date.now()}`))).root.toString();
	const job = await world.order("0", { choices: SOON, spec: { inputs: [{ path: "/inputs/data", cid: nowhere }] } });
	await returnedByBoth(job, "input-missing");
	assert.match(await job.log(), new RegExp(`input ${nowhere}`));
});

test("behavior: a source that promises an input and never sends it costs the nodes nothing", async () => {
	const silent = createServer(() => {}).listen(0, "127.0.0.1");
	await once(silent, "listening");
	const { port } = silent.address() as AddressInfo;
	try {
		const cid = (await importBytes(Buffer.from(`promised ${Date.now()}`))).root.toString();
		const job = await world.order("0", {
			choices: SOON,
			spec: { inputs: [{ path: "/inputs/data", cid }] },
			sources: [`http://127.0.0.1:${port}`],
		});
		await job.event("Claimed");
		await world.pass(541); // of the 600 in which a job may be handed back
		const { args } = await job.event("Reopened");
		assert.equal(args.status, resultStatus.inputUnavailable);
		assert.match(await job.log(), /540 s after the claim/);
		await closeOrder(world.client, { order: job.order }).catch(() => {}); // unless the other node has it by now
	} finally {
		silent.closeAllConnections();
		silent.close();
	}
});

/** Both nodes report it, the job is open again and theirs no more, and nobody lost stake or earned anything. */
async function returnedByBoth(job: PostedJob, reason: string) {
	const first = await job.event("Reopened");
	const second = await job.event("Reopened", 0, 1);
	assert.notEqual(first.args.node, second.args.node);
	assert.equal(first.args.status, resultStatus.inputUnavailable);
	assert.equal((await job.statement()).predicate.runDetails.depin.outcome.reason, reason);
	assert.equal((await getJob(world.client, { order: job.order, job: 0 })).state, "open");
	for (const { address } of world.devnet.accounts.nodes) {
		const { stake, locked } = await getNode(world.client, { node: address });
		assert.deepEqual({ stake, locked }, { stake: 1_000_000_000n, locked: 0n });
	}
	await closeOrder(world.client, { order: job.order });
	assert.equal((await job.event("Closed")).args.refund, job.order.maxPrice);
}

test("behavior: outputs over their cap are refused whole, and say so", async () => {
	const program = `require("fs").writeFileSync("/outputs/big", Buffer.alloc(3 << 20, 1))`;
	const job = await world.order(program, { choices: SOON, spec: { outputs: { maxBytes: 2 << 20, maxFiles: 10 } } });
	const { result, statement, depin } = await ended(job);
	assert.equal(result.status, resultStatus.nonzeroExit);
	assert.equal(depin.outcome.reason, "output-bytes-exceeded");
	assert.deepEqual(
		statement.subject.map(({ name }) => name),
		["outputs"],
		"an empty directory stands for them",
	);
	assert.match(await job.log(), /more than 2097152 bytes, at "\/outputs\/big"/);
});

test("behavior: a link in the outputs is refused, not followed", async () => {
	const job = await world.order(`require("fs").symlinkSync("/proc/1/root", "/outputs/host")`, { choices: SOON });
	const { result, depin } = await ended(job);
	assert.equal(result.status, resultStatus.nonzeroExit);
	assert.equal(depin.outcome.reason, "output-refused");
});

test("behavior: a consumer who cancels before the claim gets everything back", async () => {
	const { client } = world;
	const account = client.account?.address;
	assert.ok(account);
	const before = await getAccount(client, { account });
	const nobody = world.devnet.accounts.deployer.address; // not a node, so nobody may claim
	const job = await world.order("0", { choices: { node: nobody } });
	await closeOrder(client, { order: job.order });
	assert.equal((await job.event("Closed")).args.refund, job.order.maxPrice);
	assert.deepEqual(await getAccount(client, { account }), before);
	assert.deepEqual(await job.history(), ["Posted", "Closed"]);
});

test("behavior: a consumer who cancels after the claim stops the container and pays for the time it ran", async () => {
	const job = await world.order(`console.log("running"); setInterval(() => {}, 1000)`, { choices: SOON });
	await containerRunning(job);
	await stopJob(world.client, { order: job.order, job: 0 });
	const { result, pay, depin } = await ended(job);
	assert.equal(result.status, resultStatus.stopped);
	assert.equal(depin.outcome.reason, "stopped-by-consumer");
	assert.equal(pay, payOf(job.order, 0, result));
});

test("behavior: jobs that ended leave no container, mount or loop device", async () => {
	await until("nothing is left", async () => (await world.leftovers()).length === 0);
});

const resources = (changes: { memoryMiB: number }) => ({
	cpus: 1,
	gpus: 0,
	pids: 512,
	shmMiB: 0,
	tmpMiB: 64,
	tmpExec: false,
	...changes,
});

async function containerRunning(job: PostedJob): Promise<void> {
	await until("its container runs", async () => {
		const filters = { label: [`depin.order=${job.orderId}`], status: ["running"] };
		return (await world.engine.docker.listContainers({ filters })).length > 0;
	});
}
