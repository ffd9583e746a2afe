import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ensureBaseImage } from "../../../deploy/engine/baseImage.ts";
import { ensureEngine } from "../../../deploy/engine/ensure.ts";
import { testPlan, testSpec } from "../../test/plan.ts";
import { inspectOutputs } from "./collect.ts";
import { dockerEngine } from "./docker.ts";
import { CONTAINER_UID } from "./hostConfig.ts";
import { taskReason } from "./outcome.ts";
import { mountsUnder, prepareOutputs, quotaOf, releaseOutputs } from "./outputVolume.ts";

// DOCKER_HOST or the default socket, whichever the rest of the project would use.
const { docker, socketPath } = await ensureEngine(() => {});
const engine = dockerEngine({ socketPath });
const never = new AbortController().signal;
const run = randomBytes(4).toString("hex");
const labels = { "depin.test": run };
const limits = { maxBytes: 4 * 2 ** 20, maxFiles: 20 };
let imageId = "";
let dir = "";
let count = 0;

before(async () => {
	imageId = (await ensureBaseImage(docker)).id;
	dir = await mkdtemp(join(tmpdir(), "depin-engine-"));
});

after(async () => {
	for (const { id } of await engine.list(labels)) await engine.remove(id);
	engine.close();
	await releaseOutputs(dir);
	assert.deepEqual(await mountsUnder(dir), []);
	await rm(dir, { recursive: true, force: true });
});

/** Runs a program in a real container and returns everything a job would learn from it. */
async function runProgram(program: string, changes: { memoryMiB?: number } = {}) {
	count += 1;
	const jobDir = join(dir, `${count}`);
	const outputsDir = await prepareOutputs(jobDir, limits, await quotaOf(), CONTAINER_UID);
	const spec = testSpec({ command: ["node", "-e", program], outputs: limits });
	spec.resources.memoryMiB = changes.memoryMiB ?? 256;
	const plan = testPlan({
		name: `depin-test-${run}-${count}`,
		labels,
		imageId,
		spec,
		outputsDir,
		inputs: [],
		openFiles: 1024,
		uid: CONTAINER_UID,
	});
	const id = await engine.create(plan);
	assert.equal(await engine.create(plan), id, "creating again adopts");
	const { captured } = await engine.capture(id, 2 ** 20);
	await engine.start(id);
	const state = await engine.wait(id, never);
	const collected = await inspectOutputs(outputsDir, limits);
	return { id, state, collected, reason: taskReason(state, undefined, collected), logs: await captured };
}

test("default", async () => {
	const { state, reason, logs, collected } = await runProgram(
		`require("fs").writeFileSync("/outputs/a.txt", "hello"); console.log(process.getuid(), process.env.LD_PRELOAD); console.error("to stderr")`,
	);
	assert.equal(reason, "ok");
	assert.equal(state.exitCode, 0);
	assert.deepEqual(collected, { ok: true, bytes: 5, files: 1 });
	assert.equal(Buffer.from(logs.bytes).toString(), `${CONTAINER_UID} undefined\nto stderr\n`);
	assert.equal(logs.truncated, false);
});

test("behavior: the exit code is kept", async () => {
	const { state, reason } = await runProgram("process.exit(3)");
	assert.equal(state.exitCode, 3);
	assert.equal(reason, "exit-nonzero");
});

const HOG = "const kept = []; for (;;) kept.push(Buffer.alloc(8 << 20, 1));";

test("behavior: out of memory", async () => {
	const { reason } = await runProgram(HOG, { memoryMiB: 96 });
	assert.equal(reason, "oom");
});

test("behavior: out of memory of a child only, though the container exits 0", async () => {
	const child = JSON.stringify(HOG);
	const { state, reason } = await runProgram(
		`const r = require("child_process").spawnSync("node", ["-e", ${child}]); console.log(r.signal); process.exit(0)`,
		{ memoryMiB: 160 },
	);
	assert.equal(state.exitCode, 0);
	assert.equal(reason, "oom");
});

test("behavior: a log longer than the cap says that it was cut", async () => {
	const { logs, id } = await runProgram(`process.stdout.write("x".repeat(100) + "\\n".repeat(2_000_000))`);
	assert.equal(logs.truncated, true);
	assert.ok(logs.bytes.length <= 2 ** 20);
	assert.match(Buffer.from(logs.bytes.subarray(-100)).toString(), /log truncated here/);
	assert.equal(
		(await (await engine.capture(id, 4096)).captured).bytes.length,
		4096,
		"a stopped container can be read again",
	);
});

test("behavior: outputs over the byte cap", async () => {
	const { reason } = await runProgram(
		`require("fs").writeFileSync("/outputs/a", Buffer.alloc(${limits.maxBytes + 1}, 1))`,
	);
	assert.equal(reason, "output-bytes-exceeded");
});

test("behavior: outputs over the file cap", async () => {
	const { reason } = await runProgram(`for (let i = 0; i < 21; i++) require("fs").writeFileSync("/outputs/" + i, "")`);
	assert.equal(reason, "output-files-exceeded");
});

test("behavior: a symbolic link in the outputs is refused, not followed", async () => {
	const { reason, collected } = await runProgram(`require("fs").symlinkSync("/etc/shadow", "/outputs/link")`);
	assert.equal(reason, "output-refused");
	assert.match(collected.ok ? "" : collected.detail, /"\/outputs\/link" is a symbolic link/);
});

test("behavior: no network, no writable root, no privileges", async () => {
	const { logs } = await runProgram(`
		const fs = require("fs");
		const tries = { root: () => fs.writeFileSync("/x", ""), inputs: () => fs.writeFileSync("/proc/sys/kernel/hostname", "x") };
		for (const [name, attempt] of Object.entries(tries)) { try { attempt(); console.log(name, "done"); } catch (e) { console.log(name, e.code); } }
		console.log(Object.keys(require("os").networkInterfaces()).join() );
		console.log(/CapEff:\\s*0+\\n/.test(fs.readFileSync("/proc/self/status", "utf8")), /NoNewPrivs:\\s*1/.test(fs.readFileSync("/proc/self/status", "utf8")));
		console.log(fs.existsSync("/dev/shm"), fs.readFileSync("/proc/cmdline").length);
	`);
	assert.equal(Buffer.from(logs.bytes).toString(), "root EROFS\ninputs EROFS\nlo\ntrue true\nfalse 0\n");
});

const DEAF = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("x".repeat(200))`;

test("behavior: a container that ignores TERM ends at its grace", async () => {
	const outputsDir = await prepareOutputs(join(dir, "stop"), limits, await quotaOf(), CONTAINER_UID);
	const spec = testSpec({ command: ["node", "-e", DEAF] });
	const plan = testPlan({
		name: `depin-test-${run}-stop`,
		labels,
		imageId,
		spec,
		outputsDir,
		inputs: [],
		openFiles: 1024,
		uid: CONTAINER_UID,
	});
	const id = await engine.create(plan);
	assert.equal((await engine.inspect(id))?.phase, "created");
	await engine.start(id);
	await engine.start(id); // no error: a repeated step
	assert.equal((await engine.inspect(plan.name))?.phase, "running");
	assert.equal(
		(await (await engine.capture(id, 100)).captured).truncated,
		true,
		"it speaks, so it has stopped listening",
	);
	await engine.stop(id, 0);
	assert.equal((await engine.wait(id, never)).exitCode, 137);
	await engine.remove(id);
	await engine.remove(id);
	assert.equal(await engine.inspect(id), undefined);
});

test("behavior: a program the image lacks is a failed run with the engine's words in the log", async () => {
	count += 1;
	const outputsDir = await prepareOutputs(join(dir, `${count}`), limits, await quotaOf(), CONTAINER_UID);
	const spec = testSpec({ command: ["/no/such/program"] });
	const plan = testPlan({
		name: `depin-test-${run}-absent`,
		labels,
		imageId,
		spec,
		outputsDir,
		inputs: [],
		openFiles: 1024,
		uid: CONTAINER_UID,
	});
	const id = await engine.create(plan);
	await engine.start(id);
	assert.equal((await engine.wait(id, never)).exitCode, 127);
	assert.match(Buffer.from((await (await engine.capture(id, 4096)).captured).bytes).toString(), /no\/such\/program/);
});

test("behavior: a dead engine is an error worth waiting for, and says what to do", async () => {
	const dead = dockerEngine({ socketPath: join(dir, "no.sock") });
	await assert.rejects(dead.info(), { code: "engine-down", retriable: true, message: /start Docker/ });
});
