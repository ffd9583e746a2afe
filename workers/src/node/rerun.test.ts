import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { type JobSpec, specOfTask } from "depin/jobs";
import { type PostedJob, startWorld, type World } from "../../test/world.ts";

const run = promisify(execFile);
let world: World;
let dir: string;
before(async () => {
	world = await startWorld({ nodes: 1, challengeFloor: 3 });
	dir = await mkdtemp(join(tmpdir(), "depin-rerun-"));
});
after(async () => {
	await world.stop();
	await rm(dir, { recursive: true, force: true });
});

test("default", async () => {
	// What a node submitted, anybody can get again byte for byte.
	const parameters = [{ N: "a" }, { N: "b" }];
	const program = `require("fs").writeFileSync("/outputs/n", process.env.N + process.env.DEPIN_TASK_INDEX + process.env.HOSTNAME); console.log("ran")`;
	const job = await world.order(program, { parameters, tasksPerLot: 2, choices: { challengeFor: 3 } });
	const { tasks } = (await job.statement()).predicate.runDetails.depin;
	const report = await rerun("same", specOfTask(job.manifest, 1), 1);
	const { outputsCid, outputDigest, exitCode, status, reason } = tasks[1] ?? assert.fail("the lot has two tasks");
	assert.deepEqual(report, { outputsCid, outputDigest, exitCode, status, reason });
	assert.equal(await readFile(join(dir, "same/outputs/n"), "utf8"), "b1depin");
	assert.equal(await readFile(join(dir, "same/log.txt"), "utf8"), "ran\n");
	assert.deepEqual((await readdir(join(dir, "same"))).sort(), ["log.txt", "outputs"]);
});

test("behavior: a task that fails is a report, not an error", async () => {
	const job = await world.order("0");
	const report = await rerun("failing", { ...specOf(job), command: ["node", "-e", "process.exit(9)"] }, 0);
	assert.deepEqual([report["exitCode"], report["reason"]], [9, "exit-nonzero"]);
});

test("behavior: content nobody has is a report, too", async () => {
	const job = await world.order("0");
	const missing = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
	const report = await rerun("missing", { ...specOf(job), inputs: [{ path: "/inputs/x", cid: missing }] }, 0);
	assert.equal(report["reason"], "input-missing");
	assert.match(String(report["detail"]), new RegExp(missing));
});

const specOf = (job: PostedJob): JobSpec => specOfTask(job.manifest, 0);

async function rerun(name: string, spec: JobSpec, index: number): Promise<Record<string, unknown>> {
	const file = join(dir, `${name}.json`);
	await writeFile(file, JSON.stringify(spec));
	const program = resolve(import.meta.dirname, "../../bin/depin-worker.js");
	const source = world.devnet.storage.url;
	const args = [
		"rerun",
		"--spec",
		file,
		"--index",
		`${index}`,
		"--source",
		source,
		"--out",
		join(dir, name),
		"--socket",
		world.engine.socketPath,
		"--json",
	];
	const { stdout } = await run(process.execPath, [program, ...args]);
	return JSON.parse(stdout);
}
