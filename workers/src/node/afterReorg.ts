import { packTerms } from "depin";
import { isAbort, oneLine } from "../runtime/errors.ts";
import { backoffMs, sleep } from "../runtime/loop.ts";
import type { NodeContext } from "./context.ts";
import type { Jobs } from "./jobs.ts";
import { readOwnership } from "./ownership.ts";
import type { Work } from "./works.ts";

/**
 * Asks after every job in hand when part of the chain was replaced. Ids are content hashes, so nothing can have become
 * another job; a claim or a result may be gone, and is sent again. The container goes on meanwhile.
 */
export async function afterReorg(ctx: NodeContext, jobs: Jobs): Promise<void> {
	for (const work of ctx.works.live()) {
		if (!jobs.has(work)) await resubmit(ctx, jobs, work);
		else if (work.step !== "claiming") claimAgain(ctx, jobs, work); // one that is under way looks after itself
	}
}

/** A result that waited for money may have to be submitted anew. */
async function resubmit(ctx: NodeContext, jobs: Jobs, work: Work): Promise<void> {
	if ((await readOwnership(ctx, work)).kind === "ours") await jobs.resume(work);
}

/** About a minute with its pauses; a claim that is no good by then is not worth the compute any more. */
const ATTEMPTS = 8;

/** Not awaited: blocks must go on being read while a transaction waits for one. */
function claimAgain(ctx: NodeContext, jobs: Jobs, work: Work): void {
	const { job, orderId } = work;
	untilOurs(ctx, jobs, work).catch((error: unknown) => {
		if (isAbort(error)) return;
		ctx.log.warn({ orderId, job, cause: oneLine(error) }, "a reorganisation took the claim");
		jobs.lose(work, "a reorganisation took the claim");
	});
}

/** A refusal is no answer yet: our first claim may be back in the pool, which lets no second one through, and come in the next block. */
async function untilOurs(ctx: NodeContext, jobs: Jobs, work: Work): Promise<void> {
	const already = async () => (await readOwnership(ctx, work)).kind === "ours";
	for (let failures = 0; jobs.has(work); ) {
		const owner = await readOwnership(ctx, work);
		if (owner.kind === "ours") {
			const { claimedAt, deadline, stopped } = owner;
			return ctx.works.update(work, { claimedAt, deadline, stopped });
		}
		if (owner.kind === "submitted" || owner.kind === "sealed") return;
		if (owner.kind === "gone") return jobs.lose(work, "a reorganisation gave the job to somebody else");
		try {
			await ctx.transactor.transact("claim", [packTerms(work.order), work.job], { already });
			return;
		} catch (error) {
			failures += 1;
			if (isAbort(error) || failures >= ATTEMPTS) throw error;
			await sleep(backoffMs(failures), ctx.signal);
		}
	}
}
