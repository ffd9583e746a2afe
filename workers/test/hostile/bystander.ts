import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { inspectOutputs } from "../../src/engine/collect.ts";
import { discard, prepare } from "../../src/node/container.ts";
import { testSpec } from "../plan.ts";
import { until } from "../until.ts";
import type { Arena } from "./runAttack.ts";

/** An honest job beside the hostile ones, which must go on working and keep its secrets. */
export type Bystander = {
	/** Waits until it has worked on since the call. */
	worksOn(): Promise<void>;
	/** Ends it; what it wrote must be whole. */
	stop(): Promise<void>;
};

const PROGRAM = `
	const fs = require("fs");
	let beats = 0;
	setInterval(() => fs.writeFileSync("/outputs/beats", String(++beats)), 50);
	process.on("SIGTERM", () => { fs.writeFileSync("/outputs/end", "whole"); process.exit(0); });
`;

export async function startBystander(arena: Arena, imageId: string): Promise<Bystander> {
	const spec = testSpec({ command: ["node", "-e", PROGRAM], env: { BYSTANDER_SECRET: "of another consumer" } });
	const name = `depin-bystander-${process.pid}`;
	const dir = join(arena.dir, name);
	const task = { ...arena, name, dir, spec, taskIndex: 0, imageId, inputs: [], gpuUuids: [] };
	const { id, outputsDir } = await prepare({ ...task, host: { ...arena.host, openFiles: 1024 } });
	await arena.engine.start(id);
	const beats = async () => Number(await readFile(join(outputsDir, "beats"), "utf8").catch(() => "0"));
	return {
		async worksOn() {
			const from = await beats();
			await until("the honest job works on", async () => (await beats()) > from + 1);
		},
		async stop() {
			await arena.engine.stop(id, 10);
			const state = await arena.engine.inspect(id);
			assert.deepEqual([state?.exitCode, state?.oomKilled], [0, false]);
			assert.equal(await readFile(join(outputsDir, "end"), "utf8"), "whole");
			assert.equal((await inspectOutputs(outputsDir, spec.outputs)).ok, true);
			await discard(task, id);
		},
	};
}
