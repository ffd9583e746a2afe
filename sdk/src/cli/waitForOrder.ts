import { resolve } from "node:path";
import type { Hex } from "viem";
import type { TimedEvent } from "../actions/getOrderEvents.ts";
import { resultStatus, unpackResult } from "../chain/result.ts";
import { isTerminal } from "../chain/state.ts";
import type { Order } from "../chain/terms.ts";
import { type Conclusion, concludeJob, folderOf, unfinished } from "./conclude.ts";
import type { Context } from "./context.ts";
import { ChecksFailedError, JobFailedError } from "./errors.ts";
import { followOrder, hasOutcome } from "./follow.ts";
import type { Json } from "./output.ts";
import type { Session } from "./session.ts";
import { formatTime, statusWord } from "./words.ts";

/** An order just posted, and what `--json` says of it. */
export type Posted = {
	orderId: Hex;
	order: Order;
	/** Of its posting. */
	fromBlock: bigint;
	jobs: readonly number[];
	answer: { readonly [k: string]: Json };
};

export type WaitOptions = { timeout?: number | undefined; out?: string | undefined; accept: boolean };

/** Follows an order to the end, then checks, fetches and accepts each job. Fails when a job did. */
export async function waitForOrder(
	context: Context,
	session: Session,
	posted: Posted,
	{ timeout, out, accept }: WaitOptions,
): Promise<void> {
	const { orderId, fromBlock, answer } = posted;
	const story = await followOrder(session.client, {
		orderId,
		fromBlock,
		until: ({ jobs }) => jobs.every(hasOutcome),
		onEvent: (event) => context.out.progress(eventLine(session, event)),
		signal: context.signal,
		timeout,
	});
	const conclusions: Conclusion[] = [];
	for (const job of story.jobs) {
		const ref = { orderId, job: job.job };
		if (isTerminal(job.state) && job.state !== "paid") {
			conclusions.push(unfinished(ref, job.state, job.refund));
			continue;
		}
		const target = out === undefined ? undefined : resolve(context.cwd, out);
		const folder = folderOf(context.cwd, ref, story.jobs.length, target);
		conclusions.push(await concludeJob(context, session, ref, { out: folder, accept }));
	}
	const [first] = conclusions;
	// A single job's result stands at the top level too: that is what most people post.
	const single = conclusions.length === 1 && first ? { jobId: first.job, ...first } : {};
	const paths = conclusions.flatMap(({ path }) => path ?? []);
	context.out.answer({ ...single, ...answer, jobs: conclusions }, paths);
	throwFailure(conclusions);
}

function throwFailure(conclusions: readonly Conclusion[]): void {
	const unchecked = conclusions.find(({ failedChecks }) => failedChecks.length > 0);
	if (unchecked) throw new ChecksFailedError(unchecked.job, unchecked.failedChecks);
	const failed = conclusions.find(({ status }) => status !== resultStatus.ok);
	if (!failed) return;
	if (failed.status === null) {
		throw new JobFailedError(
			failed.job,
			"it ended without a result",
			"Its escrow is back in your balance on the Market.",
		);
	}
	const says = `${statusWord(failed.status, failed.exitCode ?? undefined)} (${failed.reason})`;
	const hint = `See what it printed: depin logs ${failed.job}   It is settled after its window; what is not paid comes back.`;
	throw new JobFailedError(failed.job, says, hint);
}

/** One line for each thing that happens to a waiting consumer's order. */
function eventLine({ amount }: Session, event: TimedEvent): string {
	const at = formatTime(event.time);
	switch (event.eventName) {
		case "Posted":
			return `${at}  waiting for a node to claim it`;
		case "Claimed":
			return `${at}  job ${event.args.job} claimed by node ${event.args.node}, result due by ${formatTime(event.args.deadline)}`;
		case "Submitted": {
			const { status, exitCode } = unpackResult(event.args.result);
			return `${at}  job ${event.args.job} submitted: ${statusWord(status, exitCode)}`;
		}
		case "Settled":
			return `${at}  job ${event.args.job} paid ${amount(event.args.pay)}, refunded ${amount(event.args.refund)}`;
		case "Reopened":
			return `${at}  job ${event.args.job} handed back (${statusWord(event.args.status)}), open to others`;
		case "Expired":
			return `${at}  job ${event.args.job} lost by a silent node${event.args.reopened ? ", open to others" : ", refunded"}`;
		default:
			return `${at}  ${event.eventName}${"job" in event.args ? ` job ${event.args.job}` : ""}`;
	}
}
