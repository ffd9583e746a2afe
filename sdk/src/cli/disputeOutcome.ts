import type { DisputeStory } from "../actions/getDisputes.ts";
import type { JobStanding } from "../chain/timeline.ts";
import { formatTime } from "./words.ts";

type Amount = (baseUnits: bigint) => string;

/** What a dispute meant for its job, and when that is paid: one sentence. */
export function outcomeWords(
	story: DisputeStory,
	standing: JobStanding,
	{ all, amount }: { all: readonly DisputeStory[]; amount: Amount },
): string {
	const { ended } = story;
	const { state, pay = 0n, fee = 0n, refund = 0n } = standing;
	if (ended?.verdict === "invalid")
		return "The node is jailed: it gets no more work, and its other unpaid jobs are void.";
	if (ended?.verdict === "unavailable") return "The job is over, and the node goes on with what stake it has left.";
	if (state === "paid")
		return `The job was paid: ${amount(pay - fee)} to the node's owner, ${amount(fee)} as the market's fee, ${amount(refund)} back to the consumer.`;
	if (state === "void") return "The job is void and its consumer refunded.";
	if (all.some((other) => other.ended === undefined && other !== story))
		return "Another dispute over this job is open; it is not paid before that one is decided.";
	if (ended?.verdict === undefined) return "Anybody may settle it now; a keeper does.";
	return `The job itself, ${amount(pay)}, is paid to the node from ${formatTime(ended.settleableFrom)} on, unless somebody challenges it again before.`;
}
