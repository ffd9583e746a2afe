import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createService, type ServicePlan } from "./service.ts";

const dir = await mkdtemp(join(tmpdir(), "depin-service-"));
after(() => rm(dir, { recursive: true }));

/** A process that lives until it is told to end; it is ready when `isReady` says so. */
function plan(isReady: () => boolean, changes: Partial<ServicePlan> = {}): ServicePlan & { lines: string[] } {
	const lines: string[] = [];
	return {
		name: "sleeper",
		args: ["-e", "console.log('getting up'); setInterval(() => {}, 1000)"],
		cwd: dir,
		url: "",
		logPath: join(dir, "sleeper.log"),
		isReady: async () => isReady(),
		patienceMs: 60_000,
		drainMs: 1_000,
		onStart: () => {},
		onDeath: () => {},
		onLate: (line) => lines.push(line),
		signal: new AbortController().signal,
		lines,
		...changes,
	};
}

test("default", async () => {
	const quick = plan(() => true);
	const service = createService(quick);
	await service.start();
	assert.ok(service.pid);
	await service.kill();
	assert.deepEqual([service.pid, quick.lines], [undefined, []]);
});

test("behavior: what takes its time is told once, and waited for", async () => {
	const slow: ReturnType<typeof plan> = plan(() => slow.lines.length > 0, { patienceMs: 300 });
	const service = createService(slow);
	await service.start();
	await service.kill();
	assert.equal(slow.lines.length, 1);
	assert.match(slow.lines[0] ?? "", /sleeper is not ready after \d+ s, .*; waiting on, its log: /);
});

test("behavior: what hangs is given up, with its last words", async () => {
	const spoken = () => readFile(join(dir, "sleeper.log"), "utf8").then((text) => text.includes("getting up"));
	const isReady = async () => {
		while (!(await spoken())) await sleep(20);
		return false;
	};
	const hung = plan(() => false, { isReady, patienceMs: 50 });
	const service = createService(hung);
	await assert.rejects(
		service.start(),
		/devnet's sleeper is not ready after \d+ s, saying: getting up: is the machine busy/,
	);
	await service.kill();
});

test("behavior: what dies is not waited for", async () => {
	const dead = plan(() => false, { args: ["-e", "console.error('no such luck'); process.exit(3)"] });
	await assert.rejects(createService(dead).start(), /ended with exit code 3, saying: no such luck/);
});
