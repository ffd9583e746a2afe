import {
	MarketRefusedError,
	packResult,
	packTerms,
	type Receipt,
	type Result,
	resultStatus,
	TransactionRevertedError,
} from "depin";
import { buildStatement, explainReason, jobOutcome, resultRoot, signStatement } from "depin/jobs";
import { type Dag, dagOfBlock, digestOfCid, directoryOf, joinDags, parseCid, sourcesToName } from "depin/storage";
import { zeroHash } from "viem";
import { isAbort, isRetriable, oneLine } from "../runtime/errors.ts";
import { TooLateError } from "../runtime/flight.ts";
import { backoffMs, retry, sleep } from "../runtime/loop.ts";
import type { OrderBundle } from "./bundle.ts";
import { chainTimes, fitsClaim } from "./chainTimes.ts";
import { discardWork } from "./discard.ts";
import { JobLostError } from "./live.ts";
import { readOwnership } from "./ownership.ts";
import { discardHeld, publish, publishHeld } from "./publish.ts";
import { sealResult } from "./replicas.ts";
import type { TaskReport, TaskRun } from "./runTask.ts";
import { workId } from "./works.ts";

/** Turns what became of the tasks into a signed statement and a result on chain. */
export async function submitWork(run: TaskRun, reports: TaskReport[]): Promise<void> {
	const { ctx, work } = run;
	await resultOf(run, reports);
	// Everything is uploaded; another job may use the room while this one's transaction is under way.
	await discardWork(ctx, work);
	ctx.ledger.release(workId(work));
	await deliver(run, reports);
	ctx.metrics.ended.inc({ reason: jobOutcome(reports).reason });
}

/**
 * The result as it is journalled before it is sent, so that after a kill the same one is sent again, or found to have
 * arrived. It is made anew only when a reorganisation moved our claim behind its start: no chain takes that one any more.
 */
async function resultOf(run: TaskRun, reports: TaskReport[]): Promise<Result> {
	const { ctx, work } = run;
	const { result: kept, claimedAt } = ctx.works.get(work) ?? work;
	const result = kept && fitsClaim(kept, claimedAt) ? kept : await makeResult(run, reports);
	ctx.works.update(work, { step: "submitting", result });
	return result;
}

async function makeResult(run: TaskRun, reports: TaskReport[]): Promise<Result> {
	const { ctx, work, bundle, signal } = run;
	const { client, account } = ctx;
	const { deployment } = client;
	const { status, exitCode } = jobOutcome(reports);
	const times = await timesOf(run, reports);
	const outputs = await outputsOf(reports);
	const statement = await signStatement(
		buildStatement({
			...times,
			deployment,
			orderId: work.orderId,
			job: work.job,
			node: account.address,
			bundle,
			tasks: reports,
			outputsCid: outputs.root.toString(),
			hardware: ctx.hardware,
			sources: sourcesToName(ctx.content),
		}),
		account,
	);
	const documents = joinDags([outputs, dagOfBlock(statement.block)]);
	await retry(() => publish(run, documents, { part: "result", alsoPin: [outputs.root] }), {
		signal,
		attempts: Number.POSITIVE_INFINITY,
		maxMs: 15_000,
	});
	const tasks = reports.map(({ index, reason, outputs: { cid } }) => ({
		index,
		taskLeaf: leafOf(bundle, index),
		outputDigest: digestOfCid(parseCid(cid)),
		status: explainReason(reason).status,
	}));
	return {
		resultRoot: resultRoot(tasks),
		outputsDigest: digestOfCid(outputs.root),
		statementHash: statement.statementHash,
		evidenceHash: zeroHash,
		shadowCommit: zeroHash,
		status,
		exitCode,
		...times,
	};
}

function leafOf({ tasks }: OrderBundle, index: number) {
	const task = tasks[index];
	if (!task) throw new RangeError(`the order has no task ${index}`);
	return task.leaf;
}

/** One task: its own directory. A lot: a directory of those, named by task. Children are uploaded already. */
async function outputsOf(reports: TaskReport[]): Promise<Dag> {
	const children = reports.map(({ index, outputs }) => ({
		name: `${index}`,
		root: parseCid(outputs.cid),
		size: outputs.size,
	}));
	const [only] = children;
	if (children.length > 1 || !only) return directoryOf(children);
	return { root: only.root, size: only.size, blockCount: 0, bytes: 0, async *blocks() {} };
}

/** The block that takes the result is not known yet; its time is at least that of the pending one. */
async function timesOf({ ctx, work }: TaskRun, reports: TaskReport[]): Promise<ReturnType<typeof chainTimes>> {
	const pending = await ctx.client.getBlock({ blockTag: "pending" });
	const latest = await ctx.client.getBlock({ blockTag: "latest" });
	const now = Math.max(Number(pending.timestamp), Number(latest.timestamp));
	const claimedAt = ctx.works.get(work)?.claimedAt ?? now;
	return chainTimes(reports, { claimedAt, now, maxRun: work.order.maxRun });
}

/** Sends until the chain has it, somebody else has the job, or its time is over. */
async function deliver(run: TaskRun, reports: TaskReport[]): Promise<void> {
	const { ctx, work, signal } = run;
	for (let failures = 0; ; ) {
		signal.throwIfAborted();
		try {
			const result = await resultOf(run, reports);
			await send(run, result);
			ctx.log.info({ orderId: work.orderId, job: work.job, status: result.status }, "result submitted");
			return;
		} catch (error) {
			if (isAbort(error) || signal.aborted) throw error;
			if (error instanceof TooLateError) throw new JobLostError("its deadline passed before the result could be sent");
			failures += 1;
			ctx.log.warn(
				{ orderId: work.orderId, job: work.job, failures, retriable: isRetriable(error), cause: oneLine(error) },
				"submitting failed, trying again",
			);
			await sleep(backoffMs(failures), signal);
		}
	}
}

const NO_JOB = 2 ** 32 - 1;

/**
 * One transaction. In an order of several jobs it also claims the next one and settles earlier ones; when the chain
 * refuses that, because somebody was faster, the result goes alone.
 */
async function send(run: TaskRun, result: Result): Promise<void> {
	const { ctx, work } = run;
	const terms = packTerms(work.order);
	const options = {
		already: async () => (await readOwnership(ctx, work)).kind !== "ours",
		tooLate: () => ctx.clock.now() > (ctx.works.get(work)?.deadline ?? Number.POSITIVE_INFINITY),
	};
	if (work.order.replicas > 1 && result.status <= resultStatus.stopped) return sealResult(run, result, options);
	// A replica that is handed back gives nobody anything to copy.
	if (work.order.replicas > 1) await publishHeld(ctx, work);
	const receipts = settleable(run);
	const next = run.next();
	if (!next && receipts.length === 0) {
		const done = await ctx.transactor.transact("submit", [terms, work.job, packResult(result)], options);
		return done.status === "already" ? checkTaken(run) : undefined;
	}
	const args = [terms, receipts, work.job, packResult(result), next?.job ?? NO_JOB] as const;
	try {
		if (!next) await ctx.transactor.transact("advance", args, options);
		else await next.claimWith((onSent) => ctx.transactor.transact("advance", args, { ...options, onSent }));
	} catch (error) {
		if (!(error instanceof MarketRefusedError) && !(error instanceof TransactionRevertedError)) throw error;
		ctx.log.info(
			{ orderId: work.orderId, job: work.job, next: next?.job, cause: oneLine(error) },
			"advance refused, submitting alone",
		);
		await ctx.transactor.transact("submit", [terms, work.job, packResult(result)], options);
	}
	await checkTaken(run);
	await discardHeld(ctx, work);
}

/** Own jobs of the same order whose window is over. */
function settleable({ ctx, work }: TaskRun): Receipt[] {
	const due = ctx.clock.now() - 1;
	const own = ctx.works.live().filter((other) => other.orderId === work.orderId && other.step === "submitted");
	return own.flatMap(({ receipt, settleableAt }) => (receipt && (settleableAt ?? due + 1) <= due ? [receipt] : []));
}

/** The chain says that the job is not ours to submit: good when that is because it has our result. */
async function checkTaken({ ctx, work }: TaskRun): Promise<void> {
	if ((await readOwnership(ctx, work)).kind === "submitted") return;
	const step = ctx.works.get(work)?.step;
	if (step !== "submitted" && step !== "settled" && step !== "given-back")
		throw new JobLostError("the job went to somebody else, or ended, before its result arrived");
}
