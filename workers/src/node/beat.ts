import { packTerms, SUBMIT_GRACE } from "depin";
import { isAbort, isRetriable, oneLine } from "../runtime/errors.ts";
import { sleep } from "../runtime/loop.ts";
import type { TaskRun } from "./runTask.ts";

/** Deadlines are in the chain's time, which need not pass as ours does; seconds. */
const LOOK_EVERY = 2;

/** Says "alive" for a job that asks for it, each time half of the allowed silence has passed. Ends with `signal`. */
export async function keepBeating({ ctx, work }: TaskRun, signal: AbortSignal): Promise<void> {
	const { order } = work;
	if (order.beatEvery === 0) return;
	const silence = Math.max(order.beatEvery, SUBMIT_GRACE);
	while (!signal.aborted) {
		try {
			const { deadline, stopped, claimedAt } = ctx.works.get(work) ?? work;
			const last = claimedAt === undefined ? undefined : claimedAt + order.maxRun;
			// A stopped job takes no beats, and the last deadline cannot move.
			if (stopped || (last !== undefined && deadline === last)) return;
			const left = deadline === undefined ? silence : deadline - ctx.clock.now();
			if (left > silence / 2) {
				await sleep(Math.min(left - silence / 2, LOOK_EVERY) * 1000, signal);
				continue;
			}
			await ctx.transactor.transact("beat", [packTerms(order), [work.job]]);
			await sleep(1_000, signal); // the event with the new deadline is on its way
		} catch (error) {
			if (isAbort(error)) return;
			// Missing a beat is not fatal at once; being expired is, and that comes as an event.
			ctx.log.warn(
				{ orderId: work.orderId, job: work.job, cause: oneLine(error), retriable: isRetriable(error) },
				"beat failed",
			);
			await sleep(5_000, signal).catch(() => {});
		}
	}
}
