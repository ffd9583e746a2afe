import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { resultStatus, unpackResult } from "depin";
import { until } from "../until.ts";
import { type OrderOptions, type PostedJob, startWorld, type World } from "../world.ts";

let world: World;

before(async () => {
	world = await startWorld({ nodes: 1, challengeFloor: 3 });
});
after(() => world.stop());

type Hostile = { name: string; program: string; spec?: OrderOptions["spec"]; reason: string; status: number };

const resources = { cpus: 0.5, memoryMiB: 128, gpus: 0, pids: 64, shmMiB: 0, tmpMiB: 16, tmpExec: false };
const HOG = "const kept = []; for (;;) kept.push(Buffer.alloc(8 << 20, 1));";
const FORKS = `for (;;) require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]).on("error", () => process.exit(9))`;
const FLOOD = `for (let i = 0; i < 20_000; i++) require("fs").writeSync(1, "x".repeat(1023) + "\\n")`;
const FILL = `for (let i = 0; ; i++) require("fs").writeFileSync("/outputs/" + i, Buffer.alloc(1 << 20, 1))`;
const LINK = `require("fs").symlinkSync("/proc/1/root", "/outputs/host")`;
const SMALL = { maxBytes: 4 * 2 ** 20, maxFiles: 20 };

/** One of each kind that a chain must hear the truth about. */
const hostile: Hostile[] = [
	{ name: "takes memory", program: HOG, reason: "oom", status: resultStatus.outOfMemory },
	{ name: "fills the disk", program: FILL, reason: "output-bytes-exceeded", status: resultStatus.nonzeroExit },
	{ name: "leaves a link", program: LINK, reason: "output-refused", status: resultStatus.nonzeroExit },
	{ name: "floods the log", program: FLOOD, reason: "ok", status: resultStatus.ok },
	{ name: "starts processes", program: FORKS, spec: { timeout: 3 }, reason: "timeout", status: resultStatus.timeout },
];

test("default", async () => {
	const choices = { challengeFor: 3 };
	const posted: PostedJob[] = [];
	// One wallet sends one transaction after the other; the node then has all of them at once.
	for (const { program, spec } of hostile) {
		posted.push(await world.order(program, { choices, spec: { resources, outputs: SMALL, ...spec } }));
	}
	const honest = await world.order(`require("fs").writeFileSync("/outputs/a", "whole")`, { choices });
	await honest.event("Settled");
	const [subject] = (await honest.statement()).subject;
	assert.equal(await world.read(subject?.uri.replace("ipfs://", "") ?? ""), "whole");
	for (const [index, { name, reason, status }] of hostile.entries()) {
		const job = posted[index] as PostedJob;
		await job.event("Settled");
		const said = (await job.statement()).predicate.runDetails.depin.outcome;
		assert.deepEqual({ name, reason: said.reason, status: said.status }, { name, reason, status });
		assert.equal(unpackResult((await job.event("Submitted")).args.result).status, status, `${name}, on chain`);
	}
	const ready = await fetch(`${world.devnet.nodes[0]?.url}/ready`);
	assert.equal(ready.status, 200, "the node is ready for more");
	await until("nothing is left", async () => (await world.leftovers()).length === 0);
});
