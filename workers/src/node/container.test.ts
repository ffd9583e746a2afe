import assert from "node:assert/strict";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ensureBaseImage } from "../../../deploy/engine/baseImage.ts";
import { ensureEngine } from "../../../deploy/engine/ensure.ts";
import { testSpec } from "../../test/plan.ts";
import { dockerEngine } from "../engine/docker.ts";
import { type ContainerTask, collect, discard, prepare, supervise } from "./container.ts";
import { hostAbilities } from "./host.ts";

const { docker, socketPath } = await ensureEngine(() => {});
const engine = dockerEngine({ socketPath });
let dir = "";
let imageId = "";
before(async () => {
	imageId = (await ensureBaseImage(docker)).id;
	dir = await mkdtemp(join(tmpdir(), "depin-container-"));
});
after(async () => {
	engine.close();
	await rm(dir, { recursive: true, force: true });
});

async function taskOf(name: string, program: string): Promise<ContainerTask> {
	const spec = testSpec({ command: ["node", "-e", program], outputs: { maxBytes: 2 ** 20, maxFiles: 10 } });
	const unique = `depin-test-${process.pid}-${name}`;
	const labels = { "depin.test": unique };
	return {
		engine,
		host: await hostAbilities(await engine.info()),
		name: unique,
		labels,
		dir: join(dir, name),
		spec,
		taskIndex: 0,
		imageId,
		inputs: [],
		gpuUuids: [],
		runtime: "runc",
	};
}

const forever = { inMs: 60_000, because: "timeout" as const };
const asleep = { wake: () => new Promise<void>(() => {}), signal: new AbortController().signal };

test("default", async () => {
	const task = await taskOf("ok", `require("fs").writeFileSync("/outputs/a", "1"); console.log("said")`);
	const prepared = await prepare(task);
	assert.equal((await prepare(task)).id, prepared.id, "a repeated step adopts");
	await engine.start(prepared.id);
	const { state, ended } = await supervise(task, prepared, { ...asleep, stop: () => forever });
	assert.equal(ended, undefined);
	const outcome = await collect(task, prepared, state, undefined);
	assert.deepEqual([outcome.reason, outcome.outputs.files.map(({ path }) => path)], ["ok", ["a"]]);
	assert.equal(Buffer.from(outcome.logs.bytes).toString(), "said\n");
	await discard(task, prepared.id);
	await discard(task, prepared.id);
	assert.equal(await engine.inspect(prepared.id), undefined);
});

/** A container of this program that ended by itself. */
async function ended(name: string, program: string) {
	const task = await taskOf(name, program);
	const prepared = await prepare(task);
	await engine.start(prepared.id);
	const { state } = await supervise(task, prepared, { ...asleep, stop: () => forever });
	return { task, prepared, state };
}

test("behavior: nothing changes under whoever reads the outputs", { skip: noVolumes() }, async () => {
	const { task, prepared, state } = await ended("sealed", `require("fs").writeFileSync("/outputs/a", "1")`);
	const late = join(prepared.outputsDir, "late");
	const writer = await open(late, "w");
	await assert.rejects(collect(task, prepared, state, undefined), { code: "quota-unavailable", message: /read-only/ });
	await writer.close();
	await rm(late);
	assert.equal((await collect(task, prepared, state, undefined)).reason, "ok");
	await assert.rejects(writeFile(late, ""), { code: "EROFS" });
	await discard(task, prepared.id);
});

test("behavior: outputs that cannot be read in time are refused", async () => {
	const program = `for (let i = 0; i < 9; i++) require("fs").writeFileSync("/outputs/" + i, "1")`;
	const { task, prepared, state } = await ended("slow", program);
	const outcome = await collect(task, prepared, state, undefined, 0);
	assert.deepEqual([outcome.reason, outcome.outputs.files], ["output-refused", []]);
	assert.match(outcome.detail ?? "", /within 0 s/);
	await discard(task, prepared.id);
});

function noVolumes(): string | false {
	return process.getuid?.() === 0 ? false : "a quota helper for this user is not installed";
}

test("behavior: where no file system can hold the cap, a container that breaks it is ended", async () => {
	const program = `setInterval(() => require("fs").appendFileSync("/outputs/a", Buffer.alloc(300_000)), 50)`;
	const task = await taskOf("polled", program);
	task.host.quota = "polled";
	const prepared = await prepare(task);
	await engine.start(prepared.id);
	const { state, ended } = await supervise(task, prepared, { ...asleep, stop: () => forever });
	assert.equal(ended, "output-bytes-exceeded");
	const outcome = await collect(task, prepared, state, ended);
	assert.deepEqual([outcome.reason, outcome.outputs.files], ["output-bytes-exceeded", []]);
	await discard(task, prepared.id);
});

test("behavior: a rule that changes its mind is heard at the next wake", async () => {
	const task = await taskOf("woken", "setInterval(() => {}, 1000)");
	const prepared = await prepare(task);
	await engine.start(prepared.id);
	const woken = Promise.withResolvers<void>();
	let rule: ReturnType<Parameters<typeof supervise>[2]["stop"]> = forever;
	const ending = supervise(task, prepared, { ...asleep, stop: () => rule, wake: () => woken.promise });
	rule = { inMs: 0, because: "stopped-by-consumer" };
	woken.resolve();
	assert.equal((await ending).ended, "stopped-by-consumer");
	await discard(task, prepared.id);
});
