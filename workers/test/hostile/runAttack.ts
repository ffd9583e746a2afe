import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Reason } from "depin/jobs";
import { ImportRefusedError, importPath } from "depin/storage";
import type Docker from "dockerode";
import type { ContainerEngine, ContainerState } from "../../src/engine/engine.ts";
import { createBody } from "../../src/engine/hostConfig.ts";
import { prepareOutputs } from "../../src/engine/outputVolume.ts";
import { type ContainerTask, collect, discard, prepare, supervise } from "../../src/node/container.ts";
import type { HostAbilities } from "../../src/node/context.ts";
import { testSpec } from "../plan.ts";
import type { Attack, Configuration } from "./attack.ts";
import { bytesBelow } from "./hostState.ts";
import type { Images } from "./images.ts";

/** Where attacks run: an engine, what it holds, and what may be attacked. */
export type Arena = {
	/** The engine's name for what makes the tier. */
	runtime: string;
	docker: Docker;
	engine: ContainerEngine;
	host: HostAbilities;
	images: Images;
	/** Everything the attacks may leave on the host is below it. */
	dir: string;
	/** The engine's own folder. */
	engineDir: string;
	/** Services of the test on the host, for attacks to aim at. */
	targets: Record<string, string>;
	labels: Record<string, string>;
};

/** What an attack came to. */
export type Seen = {
	id: string;
	reason: Reason;
	detail: string | undefined;
	state: ContainerState;
	log: string;
	logBytes: number;
	logTruncated: boolean;
	/** What the engine kept of the log on its disk. */
	logBytesOnHost: number;
	outputBytes: number;
};

/** Runs one attack as a node runs a task, and clears it away. `change` makes a careless copy of the configuration. */
export async function runAttack(arena: Arena, attack: Attack, change: Attack["off"] = () => {}): Promise<Seen> {
	const task = await taskOf(arena, attack);
	const configuration = configurationOf(arena, task, attack.volumes);
	change(configuration);
	try {
		// The node adopts what exists under the task's name, so everything after this is its own way.
		await prepareOutputs(task.dir, task.spec.outputs, configuration.quota, task.host.ownerUid);
		await arena.docker.createContainer(configuration.body);
		const prepared = await prepare({ ...task, host: { ...task.host, quota: configuration.quota } });
		await arena.engine.start(prepared.id);
		const endsAt = performance.now() + task.spec.timeout * 1000;
		const stop = () => ({ inMs: endsAt - performance.now(), because: "timeout" as const });
		const signal = AbortSignal.timeout(120_000);
		// Unwatched even without a quota: a proof wants to see what happens when nobody looks.
		const { state, ended } = await supervise(task, prepared, { stop, wake: () => new Promise(() => {}), signal });
		const logBytesOnHost = await bytesBelow(join(arena.engineDir, "containers", prepared.id));
		const logs = await prepared.captured;
		const judged = configuration.judged
			? await collect(
					{ ...task, host: { ...task.host, quota: configuration.quota } },
					prepared,
					state,
					ended === "lost" ? undefined : ended,
				)
			: await importOnly(prepared.outputsDir);
		return {
			id: prepared.id,
			reason: judged.reason,
			detail: judged.detail,
			state,
			log: Buffer.from(logs.bytes).toString(),
			logBytes: logs.bytes.length,
			logTruncated: logs.truncated,
			logBytesOnHost,
			outputBytes: judged.outputs?.size ?? 0,
		};
	} finally {
		await discard(task, task.name);
	}
}

async function taskOf(arena: Arena, attack: Attack): Promise<ContainerTask> {
	const name = `depin-hostile-${randomBytes(6).toString("hex")}`;
	const dir = join(arena.dir, name);
	await mkdir(dir, { recursive: true });
	const { imageId, command } = arena.images.of(attack);
	const base = testSpec({ command, env: arena.targets, timeout: 30 });
	const spec = { ...base, ...attack.spec, resources: { ...base.resources, ...attack.spec?.resources } };
	return {
		engine: arena.engine,
		host: { ...arena.host, openFiles: 1024 },
		name,
		labels: arena.labels,
		dir,
		spec,
		taskIndex: 0,
		imageId,
		inputs: [{ path: "/inputs/data", source: join(arena.dir, "input") }],
		gpuUuids: [],
		runtime: arena.runtime,
	};
}

function configurationOf({ host }: Arena, task: ContainerTask, volumes: string[] = []): Configuration {
	const plan = { ...task, outputsDir: join(task.dir, "outputs"), uid: host.uid, openFiles: task.host.openFiles };
	const { HostConfig, ...body } = createBody(plan, volumes);
	if (HostConfig === undefined) throw new Error("a body without a HostConfig holds nothing");
	return { body: { ...body, HostConfig }, quota: host.quota, judged: true };
}

async function importOnly(dir: string) {
	try {
		return { reason: "ok" as const, detail: undefined, outputs: await importPath(dir) };
	} catch (error) {
		if (!(error instanceof ImportRefusedError)) throw error;
		return { reason: "output-refused" as const, detail: error.shortMessage, outputs: undefined };
	}
}
