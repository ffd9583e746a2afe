import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSpec } from "depin/jobs";
import { dockerEngine } from "../../workers/src/engine/docker.ts";
import type { ContainerEngine } from "../../workers/src/engine/engine.ts";
import { type ContainerTask, collect, discard, prepare } from "../../workers/src/node/container.ts";
import type { HostAbilities } from "../../workers/src/node/context.ts";
import { hostAbilities } from "../../workers/src/node/host.ts";
import { startSocketProxy } from "../../workers/src/socketProxy/proxy.ts";
import { BASE_IMAGE, ensureBaseImage } from "../engine/baseImage.ts";
import type { Engine } from "../engine/ensure.ts";
import { quantile, round } from "./quantile.ts";

const COMMAND = ["node", "--version"];

export interface IsolationFigures {
	/** Milliseconds of a plain `docker run --rm --network none`, by the engine's API. */
	plainP50Ms: number;
	/** Milliseconds of the same command as a node runs it: quota, limits, proxy, log, collecting, clearing away. */
	hardenedP50Ms: number;
	startRatio: number;
}

export interface MeasureIsolationOptions {
	engine: Engine;
	/** Of each kind, taken in turns. */
	runs: number;
	say: (line: string) => void;
	signal: AbortSignal;
}

/** A job that does nothing, from nothing to nothing left, beside the same container with no protection at all. */
export async function measureIsolation({
	engine,
	runs,
	say,
	signal,
}: MeasureIsolationOptions): Promise<IsolationFigures> {
	const { id: imageId } = await ensureBaseImage(engine.docker);
	const dir = await mkdtemp(join(tmpdir(), "depin-bench-"));
	const listenOn = join(dir, "engine.sock");
	const proxy = await startSocketProxy({ engineSocket: engine.socketPath, listenOn, roots: [dir], onRefused: say });
	const guarded = dockerEngine({ socketPath: listenOn });
	try {
		const host = await hostAbilities(await guarded.info());
		const plain: number[] = [];
		const hardened: number[] = [];
		for (let run = 0; run <= runs; run += 1) {
			signal.throwIfAborted();
			const took = [
				await timed(() => runPlain(engine)),
				await timed(() => runHardened({ guarded, host, dir, imageId })),
			];
			if (run === 0) continue; // the first of each warms what both use
			plain.push(took[0] ?? 0);
			hardened.push(took[1] ?? 0);
			say(`${run}/${runs}: plain ${plain.at(-1)?.toFixed(0)} ms, hardened ${hardened.at(-1)?.toFixed(0)} ms`);
		}
		const [plainP50Ms, hardenedP50Ms] = [quantile(plain, 0.5), quantile(hardened, 0.5)];
		return {
			plainP50Ms: round(plainP50Ms, 1),
			hardenedP50Ms: round(hardenedP50Ms, 1),
			startRatio: round(hardenedP50Ms / plainP50Ms, 2),
		};
	} finally {
		guarded.close();
		await proxy.close();
		await rm(dir, { recursive: true, force: true });
	}
}

/**
 * What `docker run --rm --network none` asks of the engine, with everything else as the engine sets it by itself. A
 * network would cost the plain container more than all our limits cost ours.
 */
async function runPlain({ docker }: Engine): Promise<void> {
	const container = await docker.createContainer({
		Image: BASE_IMAGE,
		Cmd: COMMAND,
		HostConfig: { NetworkMode: "none" },
	});
	const output = await container.attach({ stream: true, stdout: true, stderr: true });
	output.resume();
	await container.start();
	await container.wait();
	await container.remove();
}

type Guarded = { guarded: ContainerEngine; host: HostAbilities; dir: string; imageId: string };

async function runHardened({ guarded, host, dir, imageId }: Guarded): Promise<void> {
	const name = `depin-bench-${randomUUID()}`;
	const image = `bench/none@${imageId}`;
	const task: ContainerTask = {
		engine: guarded,
		host,
		name,
		labels: { "depin.bench": name },
		dir: join(dir, name),
		spec: parseSpec({ version: 1, image, command: COMMAND, timeout: 60 }),
		taskIndex: 0,
		imageId,
		inputs: [],
		gpuUuids: [],
		runtime: "runc",
	};
	const prepared = await prepare(task);
	await guarded.start(prepared.id);
	const state = await guarded.wait(prepared.id, AbortSignal.timeout(60_000));
	const { reason } = await collect(task, prepared, state, undefined);
	if (reason !== "ok") throw new Error(`a job that does nothing ended with ${reason}`);
	await discard(task, prepared.id);
}

async function timed(work: () => Promise<void>): Promise<number> {
	const began = performance.now();
	await work();
	return performance.now() - began;
}
