import { NO_RESULT, type PackedResult, type Seal } from "depin";
import { type Hex, zeroHash } from "viem";
import type { KeeperJob, KeeperOrder } from "./state.ts";

/** A sealed replica as `tally` takes it; one that nobody opened comes with zeroes. */
export type Opening = { seal: Seal; opened: boolean; result: PackedResult; salt: Hex };

/** Lots of replicas that can be decided now, with every sealed replica of each in the order of its job. */
export function dueLots(
	entry: KeeperOrder,
	now: number,
	challengeFloor: number,
): { lot: number; openings: Opening[] }[] {
	const { replicas } = entry.order;
	if (replicas === 1) return [];
	const lots = new Set(
		[...entry.jobs].flatMap(([job, { state }]) => (state === "sealed" ? [Math.floor(job / replicas)] : [])),
	);
	return [...lots].sort((a, b) => a - b).flatMap((lot) => dueLot(entry, lot, now, challengeFloor));
}

function dueLot(entry: KeeperOrder, lot: number, now: number, challengeFloor: number) {
	const { order, postedAt, closed, jobs } = entry;
	const replicas = Array.from({ length: order.replicas }, (_, i) => jobs.get(lot * order.replicas + i));
	const sealed = replicas.filter((job): job is Extract<KeeperJob, { state: "sealed" }> => job?.state === "sealed");
	const open = !closed && now <= postedAt + order.openFor;
	const pending = replicas.some((job) => job?.state === "running" || (job === undefined && open));
	const openings = sealed.map(({ seal, opening }) => ({
		seal,
		opened: opening !== undefined,
		result: opening?.result ?? NO_RESULT,
		salt: opening?.salt ?? zeroHash,
	}));
	if (!pending && openings.every(({ opened }) => opened)) return [{ lot, openings }];
	const lastSeal = Math.max(...sealed.map(({ seal }) => seal.committedAt));
	const until = sealed.length === order.replicas ? lastSeal : postedAt + order.openFor + order.maxRun;
	return now > until + challengeFloor ? [{ lot, openings }] : [];
}
