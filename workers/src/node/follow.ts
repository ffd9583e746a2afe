import { isAddressEqual } from "viem";
import type { Jury } from "../juror/jury.ts";
import { decodeCursor, encodeCursor } from "../runtime/cursor.ts";
import type { Metrics } from "../runtime/metrics.ts";
import { type MarketEvent, type MarketUpdate, watchMarket } from "../runtime/watchMarket.ts";
import { afterReorg } from "./afterReorg.ts";
import { createAnswers } from "./answers.ts";
import type { ContentCache } from "./content.ts";
import type { NodeContext } from "./context.ts";
import { createForgetter } from "./forget.ts";
import type { Jobs } from "./jobs.ts";
import type { Offers } from "./offers.ts";
import { reconcile } from "./reconcile.ts";
import { createReplicas } from "./replicas.ts";
import { createSettler } from "./settle.ts";
import type { WorkKey } from "./works.ts";

export type FollowParameters = {
	ctx: NodeContext;
	cache: ContentCache;
	jobs: Jobs;
	offers: Offers;
	/** Absent: this node does no jury duty. */
	jury: Jury | undefined;
	wsUrl: string | undefined;
	metrics: Metrics;
	/** The journal is level with the chain for the first time and jobs in hand go on. */
	onCaughtUp: () => void;
};

const QUIET_MS = 5_000;

/** Turns blocks into journal rows, and journal rows into work. Runs until `ctx.signal` aborts. */
export async function follow({
	ctx,
	cache,
	jobs,
	offers,
	jury,
	wsUrl,
	metrics,
	onCaughtUp,
}: FollowParameters): Promise<void> {
	const saved = ctx.journal.get("cursor");
	const settler = createSettler(ctx);
	const replicas = createReplicas(ctx);
	const answers = createAnswers(ctx, cache);
	const forgetter = createForgetter(ctx);
	let level = false;
	let reorged = false;

	async function handle(update: MarketUpdate): Promise<void> {
		if (update.kind === "reorg") return undo(update);
		const { events, head, caughtUp } = update;
		ctx.clock.observe(head);
		ctx.transactor.poke();
		const times = await blockTimes(ctx, events, head);
		const touched = ctx.journal.atomically(() => {
			const keys = ctx.board.apply(events, (block) => times.get(block) ?? head.timestamp);
			jury?.apply(events);
			ctx.journal.set("cursor", encodeCursor(update.cursor));
			return keys;
		});
		for (const key of touched) jobs.poke(key);
		if (!caughtUp) return;
		if (level) await resumeUnattended(touched);
		if (level && reorged) await afterReorg(ctx, jobs);
		reorged = false;
		if (!level) {
			await ctx.facts.refresh();
			await reconcile(ctx, jobs);
			level = true;
			onCaughtUp();
		}
		look();
		forgetter.forgetOld();
		if (events.some((event) => concernsUs(ctx, event))) {
			await ctx.facts.refresh();
			offers.consider();
		}
		ctx.metrics.open.set(ctx.works.live().length);
	}

	/** What time alone may have made possible. */
	function look(): void {
		offers.consider();
		settler.settleDue();
		replicas.tend();
		answers.tend();
		jury?.look();
	}

	/** A claim that stands though nobody here works on it: its transaction was taken for lost, or the journal is younger. */
	async function resumeUnattended(keys: WorkKey[]): Promise<void> {
		for (const key of keys) {
			const work = ctx.works.get(key);
			if (work?.step === "running" && !jobs.has(key)) await jobs.resume(work);
		}
	}

	async function undo({ toBlock, cursor }: Extract<MarketUpdate, { kind: "reorg" }>): Promise<void> {
		ctx.journal.atomically(() => {
			ctx.board.undo(toBlock);
			jury?.undo(toBlock);
			ctx.journal.set("cursor", encodeCursor(cursor));
		});
		reorged = true; // the new branch's events come first, then jobs in hand are asked after
	}

	// A chain may make no block for a while, and its clock goes on all the same.
	const ticking = setInterval(() => level && look(), QUIET_MS);
	ctx.signal.addEventListener("abort", () => clearInterval(ticking), { once: true });
	await watchMarket({
		client: ctx.client,
		wsUrl,
		cursor: saved === undefined ? undefined : decodeCursor(saved),
		signal: ctx.signal,
		log: ctx.log,
		metrics,
		handle,
	});
}

/** Timestamps of blocks whose events are dated; usually there is one block, and it is the head. */
async function blockTimes(
	{ client }: NodeContext,
	events: readonly MarketEvent[],
	head: { number: bigint; timestamp: number },
) {
	const times = new Map<bigint, number>([[head.number, head.timestamp]]);
	for (const { blockNumber } of events) {
		if (times.has(blockNumber)) continue;
		times.set(blockNumber, Number((await client.getBlock({ blockNumber })).timestamp));
	}
	return times;
}

/** Events after which our registration, our stake or our class may read differently. */
function concernsUs({ account }: NodeContext, event: MarketEvent): boolean {
	if (event.eventName === "ClassSet" || event.eventName === "NodeRegistered") return true;
	if (event.eventName === "NodeActivated" || event.eventName === "NodeSuspended" || event.eventName === "NodeRetired")
		return true;
	return "node" in event.args && event.args.node !== undefined && isAddressEqual(event.args.node, account.address);
}
