import type { Hex } from "viem";
import { resultStatus } from "../chain/result.ts";
import { merkleRoot, resultLeaf } from "./merkle.ts";
import { explainReason, type Reason } from "./reasons.ts";

/** What became of one task, as far as the chain must know. `index` counts over the whole order. */
export type TaskResult = { index: number; taskLeaf: Hex; outputDigest: Hex; status: number };

/** Leaves of a job's result, one a task of its lot, in index order. */
export function resultLeaves(tasks: readonly TaskResult[]): Hex[] {
	return tasks.toSorted((one, two) => one.index - two.index).map(resultLeaf);
}

/** The `resultRoot` of a job. */
export function resultRoot(tasks: readonly TaskResult[]): Hex {
	return merkleRoot(resultLeaves(tasks));
}

/** How a job ended. */
export type JobOutcome = { status: number; reason: Reason; exitCode: number };

/** A job is ok when all its tasks are; else it ended like its first failed task. A lot goes on after a failure. */
export function jobOutcome(tasks: readonly { index: number; reason: Reason; exitCode: number }[]): JobOutcome {
	const inOrder = tasks.toSorted((one, two) => one.index - two.index);
	const failed = inOrder.find(({ reason }) => reason !== "ok");
	if (failed === undefined) return { status: resultStatus.ok, reason: "ok", exitCode: 0 };
	return { status: explainReason(failed.reason).status, reason: failed.reason, exitCode: failed.exitCode };
}
