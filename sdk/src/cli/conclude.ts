import { existsSync } from "node:fs";
import { join } from "node:path";
import { settleJobs } from "../actions/settleJobs.ts";
import type { MarketEvent } from "../actions/write.ts";
import { formatJobRef, type JobRef } from "../chain/jobRef.ts";
import { resultStatus } from "../chain/result.ts";
import { type CheckedJob, checkJob } from "./check.ts";
import type { Context } from "./context.ts";
import { resultFolder } from "./download.ts";
import type { Session } from "./session.ts";
import { statusWord } from "./words.ts";

export type ConcludeOptions = {
	/** Folder for the outputs; default: ./depin-results/<short id>/<n>. */
	out?: string | undefined;
	/** Pay a job that is ok and checks out. */
	accept: boolean;
};

/** What became of one job, as `depin run --wait --json` prints it. */
export type Conclusion = {
	job: string;
	state: string;
	status: number | null;
	reason: string | null;
	exitCode: number | null;
	resultCid: string | null;
	statementCid: string | null;
	verified: boolean;
	failedChecks: string[];
	path: string | null;
	paid: boolean;
	pay: bigint | null;
	fee: bigint | null;
	refund: bigint | null;
};

/**
 * Ends a submitted job from the consumer's side: check, download, and accept when it is ok and every check holds. A job
 * that failed truthfully is not accepted: its window lets anybody contradict it, then it is settled without us.
 */
export async function concludeJob(
	context: Context,
	session: Session,
	ref: JobRef,
	options: ConcludeOptions,
): Promise<Conclusion> {
	const { out, signal } = context;
	const path = options.out ?? resultFolder(context.cwd, ref);
	const checked = await checkJob(session, ref, { folder: path, signal });
	const { result } = checked.submission;
	const failed = checked.checks.filter(({ ok }) => !ok).map(({ name }) => name);
	const job = formatJobRef(ref);
	out.progress(`job ${ref.job}: ${statusWord(result.status, result.exitCode)}, ${checkWords(checked)}`);
	const good = failed.length === 0 && result.status === resultStatus.ok;
	const settled =
		good && options.accept && checked.standing.state === "submitted-ok"
			? await accept(context, session, checked)
			: undefined;
	const money = settled ?? checked.standing;
	return {
		job,
		state: settled ? "paid" : checked.standing.state,
		status: result.status,
		reason: checked.reason,
		exitCode: result.exitCode,
		resultCid: checked.outputsCid,
		statementCid: checked.statementCid,
		verified: failed.length === 0,
		failedChecks: failed,
		path: existsSync(path) ? path : null,
		paid: settled !== undefined || checked.standing.state === "paid",
		pay: money.pay ?? null,
		fee: money.fee ?? null,
		refund: money.refund ?? null,
	};
}

/** Where the jobs of one order go below `--out`, or by default. */
export function folderOf(cwd: string, ref: JobRef, jobs: number, out: string | undefined): string {
	if (out === undefined) return resultFolder(cwd, ref);
	return jobs === 1 ? out : join(out, String(ref.job));
}

/** A conclusion for a job that ended without a result. */
export function unfinished(ref: JobRef, state: string, refund: bigint | undefined): Conclusion {
	return {
		job: formatJobRef(ref),
		state,
		status: null,
		reason: null,
		exitCode: null,
		resultCid: null,
		statementCid: null,
		verified: false,
		failedChecks: [],
		path: null,
		paid: false,
		pay: null,
		fee: null,
		refund: refund ?? null,
	};
}

/** Pays a submitted job now instead of after its window. */
export async function accept(context: Context, session: Session, { ref, order, submission }: CheckedJob) {
	const onSent = (hash: string) => context.out.progress(`accepting ${formatJobRef(ref)}, sent ${hash}`);
	const { hash, events } = await settleJobs(session.client, { order, receipts: [submission.receipt], onSent });
	const event = events.find((candidate: MarketEvent) => candidate.eventName === "Settled");
	const { pay, fee, refund } = event?.eventName === "Settled" ? event.args : {};
	return { tx: hash, pay, fee, refund };
}

export function checkWords({ checks }: Pick<CheckedJob, "checks">): string {
	const failed = checks.filter(({ ok }) => !ok);
	if (failed.length === 0) return `${checks.length} checks hold`;
	return `${failed.length} of ${checks.length} checks FAIL: ${failed.map(({ name }) => name).join(", ")}`;
}
