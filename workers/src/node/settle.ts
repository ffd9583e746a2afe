import { packTerms } from "depin";
import { isAbort, oneLine } from "../runtime/errors.ts";
import type { NodeContext } from "./context.ts";
import { readOwnership } from "./ownership.ts";
import { type Work, workId } from "./works.ts";

/** The consumer or a keeper usually settles first; after so long a node looks after its own money. Seconds. */
const LEAVE_TO_OTHERS = 60;

export type Settler = {
	/** Settles own jobs whose window is long over. Call at each head; calls already under way are not repeated. */
	settleDue(): void;
};

export function createSettler(ctx: NodeContext): Settler {
	const busy = new Set<string>();

	async function settle(work: Work): Promise<void> {
		if (!work.receipt) return;
		try {
			const done = await ctx.transactor.transact("settle", [packTerms(work.order), [work.receipt]], {
				already: async () => (await readOwnership(ctx, work)).kind !== "submitted",
			});
			ctx.log.info({ orderId: work.orderId, job: work.job, status: done.status }, "settled our own job");
		} catch (error) {
			if (isAbort(error)) return;
			ctx.log.warn(
				{ orderId: work.orderId, job: work.job, cause: oneLine(error) },
				"settling failed, trying again later",
			);
		} finally {
			busy.delete(workId(work));
		}
	}

	return {
		settleDue() {
			const due = ctx.clock.now() - LEAVE_TO_OTHERS;
			for (const work of ctx.works.live()) {
				if (
					work.step !== "submitted" ||
					(work.settleableAt ?? Number.POSITIVE_INFINITY) > due ||
					busy.has(workId(work))
				)
					continue;
				busy.add(workId(work));
				void settle(work);
			}
		},
	};
}
