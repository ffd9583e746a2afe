import { join } from "node:path";
import { SUBMIT_GRACE } from "depin";
import { type Reason, type TaskReport as StatementReport, specOfTask } from "depin/jobs";
import { type ImportedDag, importBytes, joinDags } from "depin/storage";
import { EngineError } from "../engine/errors.ts";
import { tierOf } from "../engine/tiers.ts";
import { oneLine } from "../runtime/errors.ts";
import { retry } from "../runtime/loop.ts";
import type { Transacted } from "../runtime/transact.ts";
import { withinAllowance } from "./allowance.ts";
import type { OrderBundle } from "./bundle.ts";
import type { Lease } from "./capacity.ts";
import {
	type ContainerTask,
	collect,
	discard,
	noOutputs,
	type PreparedContainer,
	prepare,
	type StopRule,
	supervise,
} from "./container.ts";
import type { ContentCache } from "./content.ts";
import { ContentFailure } from "./contentFailure.ts";
import type { NodeContext } from "./context.ts";
import type { LiveJob } from "./live.ts";
import { countEgress } from "./nodeMetrics.ts";
import { publish } from "./publish.ts";
import { type Work, workId } from "./works.ts";

/** What became of one task: what the statement says of it, and what the result needs besides. Kept in the journal. */
export type TaskReport = StatementReport & {
	/** Chain time; undefined when no container ran. */
	startedAt: number | undefined;
	finishedAt: number;
	/** As a link to the outputs counts it. */
	outputs: { size: number };
};

/** When the container may start, and when the claim stands for sure. Both reject with `JobLostError` when it fails. */
export type Admission = { started: Promise<void>; confirmed: Promise<void> };

export type TaskRun = {
	ctx: NodeContext;
	cache: ContentCache;
	live: LiveJob;
	work: Work;
	bundle: OrderBundle;
	lease: Lease;
	admission: Admission;
	signal: AbortSignal;
	/** Another job of the order to claim in the transaction that submits this one; its row is written by then. */
	next: () => NextJob | undefined;
};

export type NextJob = {
	job: number;
	/** Begins the job while `send` is under way; rejects as `send` does. */
	claimWith(send: (onSent: () => void) => Promise<Transacted>): Promise<void>;
};

const REFETCHES = 2;

/**
 * Runs one task of a job through fetch, load, run and collect. Each step may be repeated after a kill: content is cached,
 * containers are adopted by name, and a saved report ends it.
 */
export async function runTask(run: TaskRun, index: number): Promise<TaskReport> {
	const { ctx, work } = run;
	const saved = ctx.works.taskReport(work, index);
	if (saved) return saved;
	const { task, prepared } = await prepareTask(run, index);
	await run.admission.started;
	const startedAt = await startOnce(run, task, prepared, index);
	const startedAtMs = (await steady(run, () => ctx.engine.inspect(prepared.id)))?.startedAtMs ?? Date.now();
	const supervision = {
		stop: stopRule(run, task, startedAt, startedAtMs),
		wake: () => run.live.changed(),
		signal: run.signal,
	};
	const { state, ended } = await steady(run, () => supervise(task, prepared, supervision));
	if (ended === "lost") throw run.live.lost.reason;
	ctx.log.info({ ...ids(run, index), exitCode: state.exitCode, ended }, "container ended");
	const outcome = await steady(run, () => collect(task, prepared, state, ended));
	const logs = await logsOf(outcome.logs.bytes, outcome.detail);
	await steady(run, () => publishTask(run, index, outcome.outputs, logs));
	const report: TaskReport = {
		index,
		reason: outcome.reason,
		exitCode: state.exitCode,
		oomKilled: state.oomKilled,
		tier: tierOf(state.runtime),
		startedAt,
		finishedAt: startedAt + outcome.seconds,
		seconds: outcome.seconds,
		outputs: described(outcome.outputs),
		...(logs && { logs: { cid: logs.root.toString(), truncated: outcome.logs.truncated } }),
		...(outcome.egress && { egress: outcome.egress }),
	};
	ctx.works.saveTaskReport(work, index, report);
	ctx.metrics.run.observe(outcome.seconds);
	if (outcome.egress) countEgress(ctx.metrics, outcome.egress);
	await steady(run, () => discard(task, prepared.id));
	return report;
}

/** Another node on this engine may throw an image away between our look at it and our container: then it is fetched again. */
async function prepareTask(run: TaskRun, index: number): Promise<{ task: ContainerTask; prepared: PreparedContainer }> {
	for (let again = 0; ; again += 1) {
		const task = await containerTask(run, index);
		await run.cache.demandRoom(task.spec, run.signal);
		try {
			return { task, prepared: await steady(run, () => prepare(task)) };
		} catch (error) {
			if (!(error instanceof EngineError && error.code === "image-missing") || again === REFETCHES) throw error;
		}
	}
}

async function containerTask(run: TaskRun, index: number): Promise<ContainerTask> {
	const { ctx, bundle, lease, work } = run;
	const spec = specOfTask(bundle.manifest, index);
	const use = { holder: workId(work), sources: bundle.sources, signal: run.signal };
	const fetching = steady(run, () => run.cache.ensure(spec, use));
	const { imageId, inputs } = await withinAllowance(run, fetching);
	return {
		...ctx,
		name: containerName(ctx, work, index),
		labels: { ...ourLabels(ctx), "depin.order": work.orderId, "depin.job": `${work.job}`, "depin.task": `${index}` },
		dir: join(ctx.stateDir, "jobs", containerName(ctx, work, index)),
		spec,
		taskIndex: index,
		imageId,
		inputs,
		gpuUuids: lease.gpuUuids.slice(0, spec.resources.gpus),
		runtime: ctx.tiers.choose(spec).runtime,
		tap: () => ctx.book.of(work)?.tap(index),
	};
}

/** By these a node finds its containers again, and nobody else's. */
export function ourLabels({ account, client }: Pick<NodeContext, "account" | "client">): Record<string, string> {
	return { "depin.market": client.deployment.market.toLowerCase(), "depin.node": account.address.toLowerCase() };
}

/** Two nodes of one owner may share an engine and meet the same job one after the other, so the node is in the name. */
export function containerName(
	{ account }: Pick<NodeContext, "account">,
	work: Pick<Work, "orderId" | "job">,
	index: number,
): string {
	return `depin-${account.address.slice(2, 10).toLowerCase()}-${work.orderId.slice(2, 18)}-${work.job}-${index}`;
}

/** Starts the container unless an earlier run of this process did. Returns when, in chain time. */
async function startOnce(run: TaskRun, task: ContainerTask, { id }: PreparedContainer, index: number): Promise<number> {
	const { ctx, work } = run;
	const state = await steady(run, () => ctx.engine.inspect(id));
	const noted = ctx.works.taskStartedAt(work, index);
	if (noted !== undefined && state?.phase !== "created") return noted;
	const startedAt = ctx.clock.now();
	ctx.works.noteTaskStart(work, index, startedAt);
	await steady(run, () => ctx.engine.start(id));
	ctx.log.info({ ...ids(run, index), container: id.slice(0, 12), image: task.imageId }, "container started");
	return startedAt;
}

/** The run clock is the engine's; the submit clock is the chain's, which may move when the consumer stops the job. */
function stopRule({ ctx, live, work }: TaskRun, task: ContainerTask, startedAt: number, startedAtMs: number): StopRule {
	return () => {
		if (live.lost.aborted) return { inMs: 0, because: "lost" };
		const { stopped, claimedAt = startedAt } = ctx.works.get(work) ?? work;
		if (stopped) return { inMs: 0, because: "stopped-by-consumer" };
		const runLeft = startedAtMs + task.spec.timeout * 1000 - Date.now();
		const submitLeft = (claimedAt + work.order.maxRun - SUBMIT_GRACE - ctx.clock.now()) * 1000;
		return { inMs: Math.min(runLeft, submitLeft), because: "timeout" };
	};
}

/** The report of a task whose container never ran; `detail` becomes its log. */
export async function reportNotRun(run: TaskRun, index: number, reason: Reason, detail?: string): Promise<TaskReport> {
	const { ctx } = run;
	const [logs, outputs] = await Promise.all([logsOf(new Uint8Array(), detail), noOutputs()]);
	await steady(run, () => publishTask(run, index, outputs, logs));
	return {
		index,
		reason,
		exitCode: 0,
		oomKilled: false,
		seconds: 0,
		startedAt: undefined,
		finishedAt: ctx.clock.now(),
		outputs: described(outputs),
		...(logs && { logs: { cid: logs.root.toString(), truncated: false } }),
	};
}

function publishTask(run: TaskRun, index: number, outputs: ImportedDag, logs: ImportedDag | undefined): Promise<void> {
	const content = { part: `task ${index}`, alsoPin: logs ? [logs.root] : [] };
	return publish(run, logs ? joinDags([logs, outputs]) : outputs, content);
}

/** What a container wrote, and below it what the node has to say: the one place where a consumer can read it. */
async function logsOf(written: Uint8Array, detail: string | undefined): Promise<ImportedDag | undefined> {
	const note = detail === undefined ? "" : `[depin: ${detail}]\n`;
	return written.length + note.length > 0 ? importBytes(Buffer.concat([written, Buffer.from(note)])) : undefined;
}

function described(dag: ImportedDag): TaskReport["outputs"] {
	return { cid: dag.root.toString(), size: dag.size, files: dag.files };
}

/** Waits out an engine or storage node that is away: neither may cost the consumer the job. */
function steady<T>({ signal }: Pick<TaskRun, "signal">, work: () => Promise<T>): Promise<T> {
	return retry(work, { signal, attempts: Number.POSITIVE_INFINITY, maxMs: 15_000 });
}

const ids = ({ work }: TaskRun, task: number) => ({ orderId: work.orderId, job: work.job, task });

/** What a failure before or at the start means for the job; undefined for what is no such failure. */
export function reasonOfFailure(error: unknown): { reason: Reason; detail: string } | undefined {
	if (error instanceof ContentFailure) return { reason: error.reason, detail: error.message };
	if (!(error instanceof EngineError)) return undefined;
	return { reason: error.code === "start-refused" ? "spec-invalid" : "engine-failed", detail: oneLine(error) };
}
