import { packResult, packTerms, type Result, resultCommitment, resultDigest } from "depin";
import { getJob } from "depin/actions";
import { isAbort, oneLine } from "../runtime/errors.ts";
import type { TransactOptions } from "../runtime/transact.ts";
import type { NodeContext } from "./context.ts";
import { discardHeld, publishHeld } from "./publish.ts";
import type { TaskRun } from "./runTask.ts";
import { type Work, workId } from "./works.ts";

/** Between two looks at whether a lot can still get more seals; milliseconds. */
const ASK_EVERY_MS = 10_000;

/** Seals a replica's result on chain. What it says stays on this machine until all are sealed. */
export async function sealResult({ ctx, work }: TaskRun, result: Result, options: TransactOptions): Promise<void> {
	const { deployment } = ctx.client;
	const digest = resultDigest(deployment, { ...work, node: ctx.account.address, result });
	const commitment = resultCommitment(digest, ctx.seals.saltOf(work));
	await ctx.transactor.transact("commit", [packTerms(work.order), work.job, commitment], options);
	ctx.works.update(work, { step: "committed" });
}

export type Lot = {
	/** Of how many, how many are sealed. */
	sealed: number;
	replicas: number;
	/** Whether another replica may still be sealed, as far as was asked. */
	pending: boolean;
	/** Last second in which any can be. */
	commitEnd: number;
	now: number;
};

/** Whether a seal may be opened without giving anybody something to copy. */
export function mayReveal({ sealed, replicas, pending, commitEnd, now }: Lot): boolean {
	return sealed === replicas || !pending || now > commitEnd;
}

export type Replicas = {
	/** Opens our seals whose lots are complete. Call at each head; what is under way is not begun again. */
	tend(): void;
};

export function createReplicas(ctx: NodeContext): Replicas {
	const busy = new Set<string>();
	const asked = new Map<string, number>();

	async function tendOne(work: Work): Promise<void> {
		const { order, orderId, job, result } = work;
		const seal = ctx.seals.sealOf(work);
		if (!seal || !result) return;
		if (seal.node.toLowerCase() !== ctx.account.address.toLowerCase()) {
			ctx.works.update(work, { step: "lost", endedAt: ctx.clock.now() });
			return discardHeld(ctx, work);
		}
		if (!mayReveal(await lotOf(work))) return;
		await publishHeld(ctx, work);
		const already = async () => (await getJob(ctx.client, work)).state !== "committed";
		const args = [packTerms(order), seal, packResult(result), ctx.seals.saltOf(work)] as const;
		const done = await ctx.transactor.transact("reveal", args, { already });
		// The event may have come first, and with the tally more than this.
		if (ctx.works.get(work)?.step === "committed") ctx.works.update(work, { step: "revealed" });
		await discardHeld(ctx, work);
		ctx.log.info({ orderId, job, status: done.status }, "result opened");
	}

	async function lotOf(work: Work): Promise<Lot> {
		const { order, orderId, job, postedAt } = work;
		const from = job - (job % order.replicas);
		const sealed = ctx.seals.count(orderId, from, from + order.replicas);
		const commitEnd = postedAt + order.openFor + order.maxRun;
		const lot = { sealed, replicas: order.replicas, pending: true, commitEnd, now: ctx.clock.now() };
		if (mayReveal(lot) || performance.now() < (asked.get(workId(work)) ?? 0) + ASK_EVERY_MS) return lot;
		asked.set(workId(work), performance.now());
		const siblings = Array.from({ length: order.replicas }, (_, i) => getJob(ctx.client, { order, job: from + i }));
		const open = lot.now <= postedAt + order.openFor;
		const pending = (await Promise.all(siblings)).some(
			({ state }) => state === "running" || (state === "open" && open),
		);
		return { ...lot, pending };
	}

	return {
		tend() {
			for (const work of ctx.works.live()) {
				const id = workId(work);
				if (work.step !== "committed" || busy.has(id)) continue;
				busy.add(id);
				tendOne(work)
					.catch((error: unknown) => {
						if (isAbort(error)) return;
						ctx.log.warn(
							{ orderId: work.orderId, job: work.job, cause: oneLine(error) },
							"opening failed, trying again",
						);
					})
					.finally(() => busy.delete(id));
			}
		},
	};
}
