import type { EgressUse, JobSpec, Reason } from "depin/jobs";
import { directoryOf, type ImportedDag, ImportRefusedError, importPath } from "depin/storage";
import { closeEgress, type EgressMeans, openEgress, removeEgress } from "../egress/jobEgress.ts";
import { type Collected, collectWithinMs, inspectOutputs, tooSlow } from "../engine/collect.ts";
import type { CapturedLogs, ContainerEngine, ContainerState, LogTap } from "../engine/engine.ts";
import { type Ended, taskReason } from "../engine/outcome.ts";
import { prepareOutputs, releaseOutputs } from "../engine/outputVolume.ts";
import { sealOutputs } from "../engine/sealOutputs.ts";
import { isAbort } from "../runtime/errors.ts";
import { sleep } from "../runtime/loop.ts";
import type { AuditLog } from "./audit.ts";
import type { HostAbilities } from "./context.ts";

/** The most of a container's log that is kept; the statement names the log by CID and says when it was cut. */
export const LOG_CAP_BYTES = 2 ** 20;
/** TERM to KILL. */
const STOP_GRACE_SECONDS = 10;
/** How often a directory without a quota of its own is measured. */
const POLL_OUTPUTS_MS = 1_000;

/** One task in one container, wherever the order for it came from: a claimed job, or a re-run for checking one. */
export type ContainerTask = {
	engine: ContainerEngine;
	host: HostAbilities;
	/** Names the container; two runs of one task on one engine need two names. */
	name: string;
	labels: Record<string, string>;
	/** The task's own directory; everything in it is deleted by `discard`. */
	dir: string;
	spec: JobSpec;
	taskIndex: number;
	imageId: string;
	inputs: { path: string; source: string }[];
	gpuUuids: string[];
	runtime: string;
	/** How it reaches the network, where its spec asks for one. */
	egress?: EgressMeans | undefined;
	/** Who hears what it writes while it runs; asked for each time it is read from its start. */
	tap?: () => LogTap | undefined;
	/** Told before the host is changed; absent for a re-run, which is its caller's own doing. */
	audit?: AuditLog;
};

export type PreparedContainer = { id: string; outputsDir: string; captured: Promise<CapturedLogs> };

/** Everything that can be done before the container may start. Repeating it adopts what an earlier call made. */
export async function prepare(task: ContainerTask): Promise<PreparedContainer> {
	const { engine, host, spec } = task;
	await task.audit?.note("volume-make", { dir: task.dir, ...spec.outputs });
	const outputsDir = await prepareOutputs(task.dir, spec.outputs, host.quota, host.ownerUid);
	const connection = await openEgress(task, spec.network, task.egress);
	const id = await engine.create({ ...task, outputsDir, uid: host.uid, openFiles: host.openFiles, connection });
	const { captured } = await engine.capture(id, LOG_CAP_BYTES, task.tap?.());
	captured.catch(() => {}); // read later; a failure is met there
	return { id, outputsDir, captured };
}

/** When to end the container and why. Asked again after each wake: deadlines move and consumers change their minds. */
export type StopRule = () => { inMs: number; because: NonNullable<Ended> | "lost" };

export type Supervision = {
	stop: StopRule;
	/** Resolves when `stop` may answer differently. */
	wake: () => Promise<void>;
	signal: AbortSignal;
};

/** Waits for the end of a started container, or brings it about. Rejects with AbortError when the node must let go. */
export async function supervise(
	task: ContainerTask,
	{ id, outputsDir }: PreparedContainer,
	{ stop, wake, signal }: Supervision,
): Promise<{ state: ContainerState; ended: Ended | "lost" }> {
	const { engine, host, spec } = task;
	const exited = engine.wait(id, signal);
	exited.catch(() => {});
	for (;;) {
		const { inMs, because } = stop();
		if (inMs <= 0) {
			await engine.stop(id, STOP_GRACE_SECONDS);
			return { state: await exited, ended: because };
		}
		const polled = host.quota === "polled";
		const state = await firstOf(exited, wake(), polled ? Math.min(inMs, POLL_OUTPUTS_MS) : inMs, signal);
		if (state) return { state, ended: undefined };
		if (polled && !(await withinCaps(outputsDir, spec.outputs))) {
			await engine.stop(id, 0);
			return { state: await exited, ended: "output-bytes-exceeded" };
		}
	}
}

/** Timers take 32 bits of milliseconds; a longer wait is several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

async function firstOf<T>(
	work: Promise<T>,
	woken: Promise<void>,
	ms: number,
	signal: AbortSignal,
): Promise<T | undefined> {
	const rest = new AbortController();
	const timer = sleep(Math.min(ms, LONGEST_TIMER_MS), AbortSignal.any([signal, rest.signal])).catch(
		(error: unknown) => {
			if (!isAbort(error)) throw error;
		},
	);
	try {
		return await Promise.race([work, woken.then(() => undefined), timer.then(() => undefined)]);
	} finally {
		rest.abort();
		signal.throwIfAborted();
	}
}

/** A directory that changes while it is walked may lose an entry under our feet; the next look will do. */
async function withinCaps(dir: string, limits: JobSpec["outputs"]): Promise<boolean> {
	const seen = await inspectOutputs(dir, limits).catch(() => undefined);
	return seen === undefined || seen.ok || seen.reason === "output-refused";
}

export type TaskOutcome = {
	reason: Reason;
	/** For the consumer to read, when there is more to say than the reason. */
	detail: string | undefined;
	state: ContainerState;
	/** Container seconds by the engine's clock, begun ones counted. */
	seconds: number;
	outputs: ImportedDag;
	logs: CapturedLogs;
	/** What it moved over the network, if it had one. */
	egress: EgressUse | undefined;
};

/** Judges and reads what a stopped container left. A refused output directory counts as an empty one. */
export async function collect(
	task: ContainerTask,
	{ outputsDir, captured }: PreparedContainer,
	state: ContainerState,
	ended: Ended,
	withinMs = collectWithinMs(task.spec.outputs),
): Promise<TaskOutcome> {
	await sealOutputs(task.dir, task.host.quota);
	const [{ outputs, verdict }, logs, egress] = await Promise.all([
		readOutputs(outputsDir, task.spec.outputs, withinMs),
		captured,
		task.spec.network === "none" ? undefined : closeEgress(task),
	]);
	const ranMs = (state.finishedAtMs ?? 0) - (state.startedAtMs ?? 0);
	return {
		reason: taskReason(state, ended, verdict),
		detail: verdict.ok ? undefined : verdict.detail,
		state,
		seconds: Math.max(0, Math.ceil(ranMs / 1000)),
		outputs,
		logs,
		egress,
	};
}

type ReadOutputs = { outputs: ImportedDag; verdict: Collected };

async function readOutputs(dir: string, limits: JobSpec["outputs"], withinMs: number): Promise<ReadOutputs> {
	const late = AbortSignal.timeout(withinMs);
	try {
		const verdict = await inspectOutputs(dir, limits, late);
		return verdict.ok ? await importOutputs(dir, verdict, late) : { outputs: await noOutputs(), verdict };
	} catch (error) {
		if (!late.aborted) throw error;
		return { outputs: await noOutputs(), verdict: tooSlow(withinMs) };
	}
}

async function importOutputs(dir: string, verdict: Collected, signal: AbortSignal): Promise<ReadOutputs> {
	try {
		return { outputs: await importPath(dir, { signal }), verdict };
	} catch (error) {
		if (!(error instanceof ImportRefusedError)) throw error;
		const refused = { ok: false, reason: "output-refused", detail: error.shortMessage } as const;
		return { outputs: await noOutputs(), verdict: refused };
	}
}

/** What a task that has no outputs hands in: an empty directory. */
export async function noOutputs(): Promise<ImportedDag> {
	return { ...(await directoryOf([])), files: [] };
}

/** Removes the container and its network, unmounts and deletes its directory. Safe to repeat. */
export async function discard(
	task: Pick<ContainerTask, "engine" | "name" | "spec" | "dir" | "audit">,
	id: string | undefined,
): Promise<void> {
	if (id) await task.engine.remove(id);
	if (task.spec.network !== "none") await removeEgress(task);
	await task.audit?.note("volume-release", { dir: task.dir });
	await releaseOutputs(task.dir);
}
