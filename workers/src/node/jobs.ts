import { needsOf } from "depin/jobs";
import { isAbort, oneLine } from "../runtime/errors.ts";
import { loadBundle, type OrderBundle } from "./bundle.ts";
import type { Lease } from "./capacity.ts";
import { admission } from "./claim.ts";
import type { ContentCache } from "./content.ts";
import type { NodeContext } from "./context.ts";
import { discardWork } from "./discard.ts";
import { LiveJob } from "./live.ts";
import type { Offers } from "./offers.ts";
import { readOwnership } from "./ownership.ts";
import { discardHeld } from "./publish.ts";
import type { Admission, NextJob } from "./runTask.ts";
import { runWork } from "./runWork.ts";
import { isEnded, type Work, type WorkKey, workId } from "./works.ts";

/** The jobs this process is working on. */
export type Jobs = {
	/** Begins a job whose capacity is reserved and whose row is written; ends by itself. */
	begin(work: Work, bundle: OrderBundle, lease: Lease, admission: Admission): void;
	/** Goes on with what an earlier process, or an earlier branch of the chain, left unfinished. */
	resume(work: Work): Promise<void>;
	has(key: WorkKey): boolean;
	/** Events changed this job's row. */
	poke(key: WorkKey): void;
	/** The job is not ours any more; what was made for it is thrown away. */
	lose(key: WorkKey, because: string): void;
	/** Resolves when no job is being worked on. */
	idle(): Promise<void>;
	readonly count: number;
};

export type JobsOptions = {
	ctx: NodeContext;
	cache: ContentCache;
	offers: Offers;
};

const NOW: Admission = { started: Promise.resolve(), confirmed: Promise.resolve() };

export function createJobs({ ctx, cache, offers }: JobsOptions): Jobs {
	const active = new Map<string, { live: LiveJob; done: Promise<void> }>();

	function begin(work: Work, bundle: OrderBundle, lease: Lease, admitted: Admission): void {
		const id = workId(work);
		if (active.has(id)) return;
		const live = new LiveJob();
		const signal = AbortSignal.any([ctx.signal, live.lost]);
		const lose = (error: unknown) => {
			if (!ctx.signal.aborted) live.lose(oneLine(error));
		};
		admitted.started.catch(lose);
		admitted.confirmed.catch(lose);
		const done = runWork({
			ctx,
			cache,
			live,
			work,
			bundle,
			lease,
			admission: admitted,
			signal,
			next: () => nextOf(work, bundle),
		})
			.then(() => cache.release(id))
			.catch((error: unknown) => {
				if (ctx.signal.aborted && (isAbort(error) || signal.aborted)) return; // left as it is, for the next start
				// A defect, not a failure of the job: its row stays, and the next start tries again.
				ctx.log.error({ err: error, orderId: work.orderId, job: work.job }, "working on the job failed");
			})
			.finally(() => {
				active.delete(id);
				ctx.ledger.release(id);
				ctx.metrics.running.set(active.size);
				offers.consider();
			});
		active.set(id, { live, done });
		ctx.metrics.running.set(active.size);
	}

	function nextOf({ orderId, order, uri, postedAt }: Work, bundle: OrderBundle): NextJob | undefined {
		const job = offers.nextOf({ id: orderId, order, uri, postedAt }, bundle);
		if (job === undefined) return undefined;
		const claimed = { orderId, job, order, uri, postedAt };
		const lease = ctx.ledger.reserve(workId(claimed), needsOf(bundle.manifest.spec));
		if (!lease) return undefined;
		ctx.works.begin(claimed);
		const row = ctx.works.get(claimed);
		if (!row) throw new Error("a row just written is gone");
		return {
			job,
			async claimWith(send) {
				let sending: Promise<unknown> = Promise.resolve();
				const admitted = admission(ctx, claimed, (onSent) => {
					const transacted = send(onSent);
					sending = transacted;
					return transacted;
				});
				begin(row, bundle, lease, admitted);
				await sending;
			},
		};
	}

	/** Tried again at the next start. */
	function leftBehind({ orderId, job }: WorkKey, error: unknown): void {
		ctx.log.warn({ orderId, job, cause: oneLine(error) }, "could not remove what was kept back of a replica");
	}

	async function resume(work: Work): Promise<void> {
		const id = workId(work);
		if (active.has(id) || isEnded(work)) return;
		const owner = await readOwnership(ctx, work);
		const log = ctx.log.child({ orderId: work.orderId, job: work.job, step: work.step });
		if (owner.kind === "submitted" && work.result) {
			log.info("the result had reached the chain");
			ctx.works.update(work, { step: "submitted" });
			return discardWork(ctx, work);
		}
		if (owner.kind === "sealed" && work.result) {
			log.info("the seal had reached the chain");
			ctx.works.update(work, { step: "committed" });
			return discardWork(ctx, work);
		}
		if (owner.kind !== "ours") {
			log.info({ state: owner.kind }, "no longer our job");
			await discardWork(ctx, work);
			await cache.release(id);
			// A claim that never arrived leaves nothing to remember: the job may be offered to us again.
			if (work.step === "claiming" || owner.kind === "open") ctx.works.forget(work);
			else ctx.works.update(work, { step: "lost", endedAt: ctx.clock.now() });
			return;
		}
		const { claimedAt, deadline, stopped } = owner;
		ctx.works.update(work, { claimedAt, deadline, stopped, step: work.result ? "submitting" : "running" });
		log.info("going on with the job");
		const bundle = await loadBundle(ctx, work);
		// Room or not, it is ours; an over-full machine is better than a broken promise.
		const lease = ctx.ledger.reserve(id, needsOf(bundle.manifest.spec)) ?? { gpuUuids: [] };
		begin(ctx.works.get(work) ?? work, bundle, lease, NOW);
	}

	return {
		begin,
		resume,
		has: (key) => active.has(workId(key)),
		poke(key) {
			const job = active.get(workId(key));
			const work = ctx.works.get(key);
			if (!job) {
				// A replica that was sealed is nobody's work any more, and can still end: what was kept back of it goes.
				if (work && isEnded(work)) discardHeld(ctx, work).catch((error: unknown) => leftBehind(work, error));
				return;
			}
			if (work?.step === "lost") job.live.lose("it expired, or was voided");
			else job.live.poke();
		},
		lose: (key, because) => active.get(workId(key))?.live.lose(because),
		async idle() {
			while (active.size > 0) await Promise.all([...active.values()].map((job) => job.done));
		},
		get count() {
			return active.size;
		},
	};
}
