import { START_ALLOWANCE } from "depin";
import { sleep } from "../runtime/loop.ts";
import { ContentFailure } from "./contentFailure.ts";
import type { TaskRun } from "./runTask.ts";

/** Of the allowance, what is kept for uploading the statement and for the block that takes the hand-back; seconds. */
const HAND_BACK = 60;
const PATIENCE = START_ALLOWANCE - HAND_BACK;
/** The chain's clock need not pass as ours does; milliseconds. */
const LOOK_EVERY_MS = 1_000;

/**
 * Waits for content while the job can still be handed back: the Market takes "input unavailable" only within the start
 * allowance after the claim, so a source that drags its feet must not cost us the bond. The fetch itself goes on, for
 * another job may wait for the same content. Once giving back is over, content is waited for as long as the job lasts.
 */
export async function withinAllowance<T>(run: TaskRun, fetching: Promise<T>): Promise<T> {
	if (isOver(run)) return fetching;
	const rest = new AbortController();
	try {
		return await Promise.race([fetching, giveUp(run, AbortSignal.any([run.signal, rest.signal]))]);
	} finally {
		rest.abort();
	}
}

async function giveUp(run: TaskRun, signal: AbortSignal): Promise<never> {
	while (!isOver(run)) await sleep(LOOK_EVERY_MS, signal);
	throw new ContentFailure("input-missing", `image and inputs were not there ${PATIENCE} s after the claim`);
}

function isOver({ ctx, work }: TaskRun): boolean {
	const { claimedAt } = ctx.works.get(work) ?? work;
	return claimedAt !== undefined && ctx.clock.now() >= claimedAt + PATIENCE;
}
