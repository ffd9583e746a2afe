import type { MarketClient } from "../chain/client.ts";
import type { JobRef } from "../chain/jobRef.ts";
import { unpackTerms } from "../chain/terms.ts";
import { standingOf } from "../chain/timeline.ts";
import { NotSubmittedError } from "../errors/chain.ts";
import type { JobFacts } from "../jobs/verify.ts";
import { getJobHistory } from "./getJobHistory.ts";
import type { TimedEvent } from "./getOrderEvents.ts";
import { lastSubmission } from "./getReceipt.ts";

export type GetJobFactsParameters = JobRef;
export type GetJobFactsReturnType = JobFacts;

/**
 * What the chain says of a job's last result: all that `verifyJob` needs of it.
 *
 * @example
 * const facts = await getJobFacts(client, { orderId, job: 0 });
 */
export async function getJobFacts(client: MarketClient, ref: GetJobFactsParameters): Promise<GetJobFactsReturnType> {
	const facts = jobFacts(client.deployment, ref, await getJobHistory(client, ref));
	if (!facts) throw new NotSubmittedError(ref.orderId, ref.job, "not run to its end yet");
	return facts;
}

/** The same of a history read before; undefined when it has no result. */
export function jobFacts(
	deployment: JobFacts["deployment"],
	{ orderId, job }: JobRef,
	history: readonly TimedEvent[],
): JobFacts | undefined {
	const [posted] = history;
	const end = history.findLastIndex(({ eventName }) => eventName === "Submitted");
	const until = history.slice(0, end);
	const claim = until.findLastIndex(({ eventName }) => eventName === "Claimed");
	const claimed = until[claim];
	const submission = lastSubmission(history);
	if (posted?.eventName !== "Posted" || claimed?.eventName !== "Claimed" || !submission) return undefined;
	const { receipt, result } = submission;
	// Beats and stops after the claim moved the deadline.
	const { deadline = claimed.args.deadline } = standingOf(until.slice(claim));
	return {
		deployment,
		orderId,
		order: unpackTerms(posted.args.terms),
		uri: posted.args.uri,
		postedAt: posted.time,
		job,
		claimed: { node: claimed.args.node, claimDelay: claimed.args.claimDelay, at: claimed.time, deadline },
		submitted: { node: receipt.node, digest: receipt.digest, result, pay: receipt.pay, at: receipt.submittedAt },
	};
}
