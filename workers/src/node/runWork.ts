import { SUBMIT_GRACE, taskRange } from "depin";
import { isAbort, oneLine } from "../runtime/errors.ts";
import { keepBeating } from "./beat.ts";
import { discardWork } from "./discard.ts";
import { JobLostError } from "./live.ts";
import { reasonOfFailure, reportNotRun, runTask, type TaskReport, type TaskRun } from "./runTask.ts";
import { submitWork } from "./submit.ts";
import { isEnded } from "./works.ts";

/**
 * Takes a claimed job from its first task to its submitted result. Ends when the result is on chain, when the job is no
 * longer ours, or with AbortError when the node has to let go, which leaves the container running for the next start.
 */
export async function runWork(run: TaskRun): Promise<void> {
	const { book } = run.ctx;
	book.open(run.work);
	const stopBeating = new AbortController();
	const beating = keepBeating(run, AbortSignal.any([run.signal, stopBeating.signal]));
	try {
		const reports = await runTasks(run);
		await run.admission.confirmed;
		await submitWork(run, reports);
	} catch (error) {
		if (!(error instanceof JobLostError) && !run.live.lost.aborted) throw error;
		forgetClaim(run, oneLine(run.live.lost.reason ?? error));
		await discardWork(run.ctx, run.work);
	} finally {
		stopBeating.abort();
		await beating;
		book.close(run.work, run.ctx.signal.aborted ? "stopping" : "ended");
	}
}

function forgetClaim({ ctx, work }: TaskRun, cause: string): void {
	const row = ctx.works.get(work);
	const log = ctx.log.child({ orderId: work.orderId, job: work.job, cause });
	if (row?.claimedAt === undefined) {
		log.info("not our job after all");
		return;
	}
	log.warn("job lost");
	ctx.metrics.lost.inc();
	if (!isEnded(row)) ctx.works.update(work, { step: "lost", endedAt: ctx.clock.now() });
}

/** One task after the other; a failed one does not end the lot, what concerns the whole job does. */
async function runTasks(run: TaskRun): Promise<TaskReport[]> {
	const { from, to } = taskRange(run.work.order, run.work.job);
	const reports: TaskReport[] = [];
	for (let index = from; index < to; index += 1) {
		const over = whyNoMore(run);
		reports.push(over ? await reportNotRun(run, index, over) : await runOrExplain(run, index));
	}
	return reports;
}

/** After a stop, or when only the time to submit is left, the rest of a lot is reported and not run. */
function whyNoMore({ ctx, work }: TaskRun): "stopped-by-consumer" | "timeout" | undefined {
	const { stopped, claimedAt } = ctx.works.get(work) ?? work;
	if (stopped) return "stopped-by-consumer";
	const over = claimedAt !== undefined && ctx.clock.now() >= claimedAt + work.order.maxRun - SUBMIT_GRACE;
	return over ? "timeout" : undefined;
}

async function runOrExplain(run: TaskRun, index: number): Promise<TaskReport> {
	try {
		return await runTask(run, index);
	} catch (error) {
		if (isAbort(error) || run.signal.aborted || run.live.lost.aborted) throw error;
		const failure = reasonOfFailure(error);
		if (!failure) throw error;
		run.ctx.log.warn({ orderId: run.work.orderId, job: run.work.job, task: index, ...failure }, "task could not run");
		const report = await reportNotRun(run, index, failure.reason, failure.detail);
		run.ctx.works.saveTaskReport(run.work, index, report);
		return report;
	}
}
