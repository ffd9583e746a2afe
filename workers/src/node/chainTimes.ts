import type { Result } from "depin";
import type { TaskReport } from "./runTask.ts";

export type RanTask = Pick<TaskReport, "startedAt" | "finishedAt" | "seconds">;

/** Unix seconds of chain time, but for `maxRun`, which is a length. */
type ChainBounds = { claimedAt: number; now: number; maxRun: number };

/**
 * When a job ran, in times its chain takes: none before the claim or after the block that has the result. A container may
 * start before a block has the claim, and a chain's clock may stand still; then the run keeps its length and is moved, and
 * only what does not fit between claim and now is lost. Begun seconds of short tasks are not billed beside each other.
 */
export function chainTimes(
	tasks: readonly RanTask[],
	{ claimedAt, now, maxRun }: ChainBounds,
): Pick<Result, "startedAt" | "finishedAt" | "billed"> {
	const ran = tasks.filter((task) => task.startedAt !== undefined);
	const first = ran[0]?.startedAt ?? now;
	const length = Math.max(0, (ran.at(-1)?.finishedAt ?? first) - first);
	const startedAt = Math.max(claimedAt, Math.min(first, now - length));
	const finishedAt = Math.max(startedAt, Math.min(startedAt + length, now));
	const seconds = tasks.reduce((sum, task) => sum + task.seconds, 0);
	return { startedAt, finishedAt, billed: Math.min(seconds, finishedAt - startedAt, maxRun) };
}

/** Whether the chain may take a result under the claim of `claimedAt`: it must not have started before. */
export function fitsClaim({ startedAt }: Pick<Result, "startedAt">, claimedAt: number | undefined): boolean {
	return startedAt >= (claimedAt ?? 0);
}
