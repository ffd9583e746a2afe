import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ensureEngine } from "../../../deploy/engine/ensure.ts";
import { startOwnEngine } from "../../test/ownEngine.ts";
import { hostAbilities } from "../node/host.ts";
import { type CanaryVerdict, runCanary } from "./canary.ts";
import { dockerEngine } from "./docker.ts";
import type { ContainerEngine, ContainerPlan } from "./engine.ts";
import { mountsUnder } from "./outputVolume.ts";

const { socketPath } = await ensureEngine(() => {});
const engine = dockerEngine({ socketPath });
const dir = await mkdtemp(join(tmpdir(), "depin-canary-"));
after(async () => {
	engine.close();
	await rm(dir, { recursive: true, force: true });
});

const labels = { "depin.test": `canary-${process.pid}` };

async function canary(on: ContainerEngine, runtime = "runc"): Promise<CanaryVerdict> {
	const host = await hostAbilities(await on.info());
	return runCanary({ engine: on, host, runtime, dir: join(dir, "own"), name: `depin-canary-${process.pid}`, labels });
}

/** An engine that takes a plan and quietly does less, as some do. */
const forgetful = (change: (plan: ContainerPlan) => ContainerPlan): ContainerEngine => ({
	...engine,
	create: (plan) => engine.create(change(plan)),
});

const withResources = (changes: Partial<ContainerPlan["spec"]["resources"]>) =>
	forgetful((plan) => ({ ...plan, spec: { ...plan.spec, resources: { ...plan.spec.resources, ...changes } } }));

test("default", async () => {
	assert.deepEqual(await canary(engine), { broken: [], seen: undefined });
	assert.deepEqual(await engine.list(labels), [], "no container is left");
	assert.deepEqual(await mountsUnder(dir), [], "no mount is left");
	assert.deepEqual(await readdir(dir), [], "no file is left");
});

test("behavior: a limit of processes that is not enforced is seen", async () => {
	assert.deepEqual((await canary(withResources({ pids: 4096 }))).broken, ["pids"]);
});

test("behavior: a limit of memory that is not enforced is seen", async () => {
	assert.deepEqual((await canary(withResources({ memoryMiB: 1024 }))).broken, ["memory"]);
});

test("behavior: a directory without a quota is seen", async () => {
	const host = { ...(await hostAbilities(await engine.info())), quota: "polled" as const };
	const name = `depin-canary-${process.pid}`;
	const verdict = await runCanary({ engine, host, runtime: "runc", dir: join(dir, "own"), name, labels });
	assert.deepEqual(verdict.broken, ["bytes", "inodes"]);
});

test("behavior: a container that is not killed is seen", async () => {
	// As if the kill came and the container went its own way.
	const survivor: ContainerEngine = {
		...engine,
		wait: async (id, signal) => ({ ...(await engine.wait(id, signal)), exitCode: 0 }),
	};
	assert.deepEqual((await canary(survivor)).broken, ["kill"]);
});

test("behavior: a runtime the engine does not have is a verdict, too", async () => {
	const { broken, seen } = await canary(engine, "no-such-runtime");
	assert.deepEqual(broken, ["run"]);
	assert.match(seen ?? "", /no-such-runtime/);
});

test("behavior: gVisor that ignores control groups is rejected for it", { skip: gvisorMissing() }, async () => {
	const runtimeArgs = ["--ignore-cgroups", "--network=none"];
	const own = await startOwnEngine({ runtimes: { runsc: { path: "/usr/bin/runsc", runtimeArgs } } });
	const sandboxes = dockerEngine({ socketPath: own.socketPath });
	try {
		const { broken, seen } = await canary(sandboxes, "runsc");
		assert.deepEqual(broken, ["pids", "memory"], seen);
	} finally {
		sandboxes.close();
		await own.stop();
	}
});

function gvisorMissing(): string | false {
	if (process.getuid?.() !== 0) return "gVisor is not installed for this user";
	return existsSync("/usr/bin/runsc") ? false : "gVisor (runsc) is not installed";
}
