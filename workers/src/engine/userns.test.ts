import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ensureBaseImage } from "../../../deploy/engine/baseImage.ts";
import { FIRST_UID, type OwnEngine, startOwnEngine } from "../../test/ownEngine.ts";
import { testSpec } from "../../test/plan.ts";
import { type ContainerTask, collect, discard, prepare, supervise } from "../node/container.ts";
import { hostAbilities } from "../node/host.ts";
import { runCanary } from "./canary.ts";
import { dockerEngine } from "./docker.ts";
import { CONTAINER_UID } from "./hostConfig.ts";

describe("an engine that gives containers users of their own", { skip: noRoot() }, () => {
	let own: OwnEngine;
	let engine: ReturnType<typeof dockerEngine>;
	before(async () => {
		own = await startOwnEngine({}, false, true);
		engine = dockerEngine(own);
	});
	after(async () => {
		engine.close();
		await own.stop();
	});
	const labels = { "depin.test": `userns-${process.pid}` };

	test("default", async () => {
		const host = await hostAbilities(await engine.info());
		assert.equal(host.ownerUid, FIRST_UID + CONTAINER_UID);
		const input = join(own.jobsDir, "input");
		await writeFile(input, "of the consumer", { mode: 0o644 });
		const program = `
			const fs = require("fs");
			fs.writeFileSync("/outputs/read", fs.readFileSync("/inputs/data"));
			setTimeout(() => {}, 1500);
		`;
		const task: ContainerTask = {
			engine,
			host: { ...host, openFiles: 1024 },
			name: `depin-userns-${process.pid}`,
			labels,
			dir: join(own.jobsDir, "job"),
			spec: testSpec({ command: ["node", "-e", program] }),
			taskIndex: 0,
			imageId: (await ensureBaseImage(own.docker)).id,
			inputs: [{ path: "/inputs/data", source: input }],
			gpuUuids: [],
			runtime: "runc",
		};
		const prepared = await prepare(task);
		await engine.start(prepared.id);
		const { State } = await own.docker.getContainer(prepared.id).inspect();
		assert.match(readFileSync(`/proc/${State.Pid}/uid_map`, "utf8"), new RegExp(`^\\s+0\\s+${FIRST_UID}\\s+65536`));
		const stop = () => ({ inMs: 60_000, because: "timeout" as const });
		const signal = AbortSignal.timeout(60_000);
		const { state } = await supervise(task, prepared, { stop, wake: () => new Promise(() => {}), signal });
		assert.equal((await stat(join(prepared.outputsDir, "read"))).uid, FIRST_UID + CONTAINER_UID);
		const outcome = await collect(task, prepared, state, undefined);
		assert.deepEqual([outcome.reason, outcome.outputs.files.map(({ path }) => path)], ["ok", ["read"]]);
		await discard(task, prepared.id);
	});

	test("behavior: every limit holds there, too", async () => {
		const host = await hostAbilities(await engine.info());
		const place = { dir: join(own.jobsDir, "canary"), name: `depin-canary-userns-${process.pid}`, labels };
		assert.deepEqual(await runCanary({ engine, host, runtime: "runc", ...place }), { broken: [], seen: undefined });
	});
});

function noRoot(): string | false {
	return process.getuid?.() === 0 ? false : "an engine of its own is not installed for an ordinary user";
}
