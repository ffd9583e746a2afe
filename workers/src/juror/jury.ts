import { verdictCode, voteCommitment } from "depin";
import { type GetPanelReturnType, getConfig, getPanel } from "depin/actions";
import { type Address, isAddressEqual } from "viem";
import type { ContentCache } from "../node/content.ts";
import type { NodeContext } from "../node/context.ts";
import { isAbort, oneLine } from "../runtime/errors.ts";
import { backoffMs } from "../runtime/loop.ts";
import { nextStep, type Standing } from "./decide.ts";
import { type Ballot, createDuties, type Duties, type OpenDispute } from "./duties.ts";
import { judge } from "./judge.ts";

/** Disputes are rare and their windows long: a look at each costs one read. */
const LOOK_EVERY_MS = 2_000;

export type Jury = Pick<Duties, "apply" | "undo"> & {
	/** Does what is due in every open dispute. Call at each head; what is under way is not begun again. */
	look(): void;
	/** Resolves when no vote is being worked on. */
	idle(): Promise<void>;
};

/**
 * Jury duty: looks whether this node was drawn in an open dispute, runs the task again, commits a vote and opens it. What
 * the arbiter says is read, not remembered; only votes are, because a vote can be opened only as it was committed.
 */
export async function createJury(ctx: NodeContext, cache: ContentCache): Promise<Jury> {
	const duties = createDuties(ctx.journal);
	const { arbiter } = await getConfig(ctx.client);
	const busy = new Map<string, Promise<void>>();
	const pauses = new Map<string, { notBefore: number; failures: number }>();
	const missed = new Set<string>();

	async function attend(dispute: OpenDispute): Promise<void> {
		const panel = await getPanel(ctx.client, dispute);
		const { round } = panel;
		const ballot = duties.ballot(dispute.dispute, round);
		const log = ctx.log.child({ orderId: dispute.orderId, job: dispute.job, dispute: dispute.dispute, round });
		switch (nextStep(standingOf(panel, ctx.account.address), ballot, ctx.clock.now())) {
			case "judge": {
				log.info({ task: dispute.index }, "drawn as a juror, looking at the task");
				const found = await judge({ ctx, cache, dispute, round, dataBy: panel.dataBy });
				const kept = duties.keep(dispute.dispute, round, found);
				log.info({ verdict: kept.vote.verdict, because: kept.because }, "vote decided");
				return attend(dispute);
			}
			case "commit":
				await commit(dispute, round, ballot);
				return log.info("vote committed");
			case "reveal":
				await reveal(dispute, ballot);
				return log.info({ verdict: ballot?.vote.verdict }, "vote opened");
			case "missed":
				if (!missed.has(keyOf(dispute))) log.warn("too late to vote: the jury's slice of the stake is lost");
				missed.add(keyOf(dispute));
				return;
			case "nothing":
		}
	}

	async function commit({ dispute, arbiter }: OpenDispute, round: number, ballot: Ballot | undefined): Promise<void> {
		if (!ballot) return;
		const { vote, salt } = ballot;
		const node = ctx.account.address;
		const args = [dispute, voteCommitment({ dispute, round, node, vote, salt })] as const;
		const already = async () => seatOf(await getPanel(ctx.client, { dispute, arbiter }), node)?.committed === true;
		await ctx.transactor.transactPanel(arbiter, "vote", args, { already });
	}

	async function reveal({ dispute, arbiter }: OpenDispute, ballot: Ballot | undefined): Promise<void> {
		if (!ballot) return;
		const { vote, salt } = ballot;
		const node = ctx.account.address;
		const already = async () => seatOf(await getPanel(ctx.client, { dispute, arbiter }), node)?.revealed !== false;
		const args = [dispute, verdictCode(vote.verdict), vote.digest, salt] as const;
		await ctx.transactor.transactPanel(arbiter, "reveal", args, { already });
	}

	function look(): void {
		const now = performance.now();
		for (const dispute of duties.open()) {
			const key = keyOf(dispute);
			const pause = pauses.get(key) ?? { notBefore: 0, failures: 0 };
			if (!isAddressEqual(dispute.arbiter, arbiter) || busy.has(key) || now < pause.notBefore) continue;
			pauses.set(key, { notBefore: now + LOOK_EVERY_MS, failures: 0 });
			const work = attend(dispute).catch((error: unknown) => {
				if (isAbort(error)) return; // the journal knows how far it came
				const failures = pause.failures + 1;
				pauses.set(key, { failures, notBefore: performance.now() + backoffMs(failures, { baseMs: LOOK_EVERY_MS }) });
				ctx.log.warn({ dispute: dispute.dispute, failures, cause: oneLine(error) }, "jury duty failed, trying again");
			});
			busy.set(
				key,
				work.finally(() => busy.delete(key)),
			);
		}
	}

	return {
		apply: duties.apply,
		undo: duties.undo,
		look,
		async idle() {
			while (busy.size > 0) await Promise.all(busy.values());
		},
	};
}

const keyOf = ({ dispute }: OpenDispute): string => dispute;

function seatOf(panel: GetPanelReturnType, node: Address) {
	return panel.seats.find((seat) => isAddressEqual(seat.node, node));
}

function standingOf(panel: GetPanelReturnType, node: Address): Standing {
	return { ...panel, seat: seatOf(panel, node) };
}
