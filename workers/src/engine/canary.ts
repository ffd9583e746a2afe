import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { JobSpec } from "depin/jobs";
import { isAbort } from "../runtime/errors.ts";
import { sleep } from "../runtime/loop.ts";
import { ensureProbeImage } from "./canaryImage.ts";
import type { ContainerEngine, ContainerState } from "./engine.ts";
import { EngineError } from "./errors.ts";
import { prepareOutputs, type Quota, releaseOutputs } from "./outputVolume.ts";
import { BROKEN, canaryProbes, DEAF_NOW, MEMORY_NOT_LIMITED, PROBE_LIMITS } from "./probes.ts";

/** A limit the canary tries to break; `run`: the probe could not even be run to its end. */
export type Limit = "pids" | "memory" | "bytes" | "inodes" | "network" | "kill" | "run";

export type CanaryVerdict = {
	/** Limits that did not hold; empty when all did. */
	broken: Limit[];
	/** What was seen, for the operator; undefined when all held. */
	seen: string | undefined;
};

export type CanaryOptions = {
	engine: ContainerEngine;
	host: { quota: Quota; uid: number; ownerUid: number; openFiles: number };
	runtime: string;
	/** A folder of the canary's own; emptied. */
	dir: string;
	/** Names of its containers begin with this. */
	name: string;
	labels: Record<string, string>;
};

/** A probe takes well under a second on a quiet machine; one that is not done by then counts as broken. */
const PROBE_MS = 120_000;

/**
 * Runs containers that try to get past every limit a job's container has under this runtime: fork, allocate, write bytes
 * and files, reach the network, outlive TERM. An engine accepts limits that it then does not enforce, so only what was
 * seen to hold is believed. Takes a second or two; leaves nothing.
 */
export async function runCanary(options: CanaryOptions): Promise<CanaryVerdict> {
	const { engine, dir } = options;
	try {
		const imageId = await ensureProbeImage(engine, canaryProbes, dir);
		const [limits, memory, deaf] = await Promise.all([
			runProbe(options, imageId, "limits"),
			runProbe(options, imageId, "memory"),
			runProbe(options, imageId, "deaf", DEAF_NOW),
		]);
		return verdictOf(limits, memory, deaf);
	} finally {
		await releaseOutputs(dir);
	}
}

/** How a probe ended; a text when it did not run at all. */
type Ending = ContainerState | string;

function verdictOf(limits: Ending, memory: Ending, deaf: Ending): CanaryVerdict {
	const failures = [limits, memory, deaf].filter((ending) => typeof ending === "string");
	if (typeof limits === "string" || typeof memory === "string" || typeof deaf === "string")
		return { broken: ["run"], seen: failures[0] };
	const bits = Object.keys(BROKEN) as (keyof typeof BROKEN)[];
	const known = Object.values(BROKEN).reduce((sum, bit) => sum | bit, 0);
	if (limits.exitCode > known) return { broken: ["run"], seen: `the probe of limits ended with ${limits.exitCode}` };
	const broken: Limit[] = bits.filter((name) => (limits.exitCode & BROKEN[name]) !== 0);
	if (memory.exitCode === MEMORY_NOT_LIMITED) broken.push("memory");
	// Whatever it did, it ended by the kill that follows an ignored TERM.
	if (deaf.exitCode !== 137) broken.push("kill");
	return { broken, seen: broken.length > 0 ? broken.map((limit) => SEEN[limit]).join("; ") : undefined };
}

const SEEN: Record<Limit, string> = {
	pids: "more processes ran than the limit allows",
	memory: "more memory was used than the limit allows",
	bytes: "more bytes were written to /outputs than its file system may hold",
	inodes: "more files were made in /outputs than its file system may hold",
	network: "a container without network had a route to the outside",
	kill: "a container that ignores TERM was not killed",
	run: "a probe could not be run",
};

/** `stopAfter`: what it makes in its outputs when it is to be stopped; absent for one that ends by itself. */
async function runProbe(options: CanaryOptions, imageId: string, probe: string, stopAfter?: string): Promise<Ending> {
	const { engine, host, labels, runtime } = options;
	const name = `${options.name}-${probe}`;
	const own = join(options.dir, probe);
	await removeByName(engine, name); // of a canary that was killed
	await releaseOutputs(own);
	const outputsDir = await prepareOutputs(own, PROBE_LIMITS, host.quota, host.ownerUid);
	const plan = { name, labels, imageId, taskIndex: 0, outputsDir, inputs: [], gpuUuids: [], runtime };
	try {
		const id = await engine.create({ ...plan, uid: host.uid, openFiles: host.openFiles, spec: probeSpec(probe) });
		await engine.start(id);
		const late = AbortSignal.timeout(PROBE_MS);
		if (stopAfter !== undefined) {
			await appearance(join(outputsDir, stopAfter), late);
			await engine.stop(id, 1);
		}
		return await engine.wait(id, late);
	} catch (error) {
		if (error instanceof EngineError && error.retriable) throw error;
		if (error instanceof EngineError) return error.message;
		if (error instanceof DOMException || isAbort(error))
			return `the probe ${probe} was still running after ${PROBE_MS / 1000} s`;
		throw error;
	} finally {
		await removeByName(engine, name);
		await releaseOutputs(own);
	}
}

async function appearance(path: string, signal: AbortSignal): Promise<void> {
	const absent = () => lstat(path).then(no, yes);
	while (await absent()) await sleep(20, signal);
}

const yes = () => true;
const no = () => false;

async function removeByName(engine: ContainerEngine, name: string): Promise<void> {
	const found = await engine.inspect(name);
	if (found) await engine.remove(found.id);
}

/** Small limits, otherwise what any job has. */
export function probeSpec(probe: string): JobSpec {
	const { memoryMiB, pids, maxBytes, maxFiles, tmpMiB } = PROBE_LIMITS;
	return {
		version: 1,
		image: "", // runs by its ID
		entrypoint: [`/${probe}`],
		env: {},
		inputs: [],
		outputs: { maxBytes, maxFiles },
		resources: { cpus: 1, memoryMiB, gpus: 0, pids, shmMiB: 0, tmpMiB, tmpExec: false },
		tier: "container",
		timeout: 60,
		network: "none",
		match: "none",
		confidential: "none",
	};
}
