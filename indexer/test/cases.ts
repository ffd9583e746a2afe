// What a history needs to know of the disputes under way to choose the next step of each.
import type { Receipt, Verdict } from "depin";
import type { marketAbi, panelArbiterAbi } from "depin/abi";
import type { Address, Hex, parseEventLogs } from "viem";
import type { JobNow, World } from "./world.ts";

export type Case = {
	id: Hex;
	job: JobNow & { receipt: Receipt };
	/** What most jurors will say. */
	leaning: Verdict;
	/** Every juror but the first drawn follows it, and that one says nothing; else some say anything. */
	united?: true;
	/** Whether anybody tells the market the verdict. */
	concludes: boolean;
	round: number;
	openedAt: number;
	jurors: readonly Address[];
	seated?: { at: number; commitBy: number };
	committed: readonly Address[];
	revealed: readonly Address[];
	lastRevealAt?: number;
};
type Log = ReturnType<typeof parseEventLogs<[...typeof marketAbi, ...typeof panelArbiterAbi]>>[number];

const leanings = ["valid", "valid", "inconclusive", "unavailable", "invalid"] as const;

export function noteCase({ cases, jobs, now, random }: Pick<World, "cases" | "jobs" | "now" | "random">, log: Log) {
	if (log.eventName === "Challenged") {
		const { id, job, dispute } = log.args;
		const { receipt, ...known } = jobs.get(`${id}/${job}`) ?? {};
		if (!receipt) throw new Error(`job ${id}/${job} is challenged but was never submitted`);
		const leaning = leanings[Math.floor(random() * leanings.length)] ?? "valid";
		const fresh = { round: 0, openedAt: now, jurors: [], committed: [], revealed: [] };
		const concludes = random() < 0.8;
		cases.set(dispute, { id: dispute, job: { ...(known as JobNow), receipt }, leaning, concludes, ...fresh });
		return;
	}
	if (!("dispute" in log.args)) return;
	const entry = cases.get(log.args.dispute);
	if (!entry) return;
	const after = next(entry, log, now);
	if (after) cases.set(entry.id, after);
	else cases.delete(entry.id);
}

function next({ seated, ...entry }: Case, { eventName, args }: Log, now: number): Case | undefined {
	switch (eventName) {
		case "PanelOpened":
			return { ...entry, round: args.round, openedAt: now, jurors: [], committed: [], revealed: [] };
		case "JurorDrawn":
			return { ...entry, jurors: [...entry.jurors, args.node] };
		case "PanelSeated":
			return { ...entry, seated: { at: now, commitBy: args.commitBy } };
		case "VoteCommitted":
			return { ...entry, ...(seated && { seated }), committed: [...entry.committed, args.node] };
		case "VoteRevealed": {
			const revealed = [...entry.revealed, args.node];
			return { ...entry, ...(seated && { seated }), revealed, lastRevealAt: now };
		}
		case "Resolved":
		case "Reclaimed":
			return undefined;
		default:
			return { ...entry, ...(seated && { seated }) };
	}
}
