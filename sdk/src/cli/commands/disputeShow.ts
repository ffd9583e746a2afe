import { getAddress } from "viem";
import { type DisputeRuling, type DisputeStory, getDisputes } from "../../actions/getDisputes.ts";
import { getOrderStory } from "../../actions/getOrderStory.ts";
import { formatJobRef, type JobRef } from "../../chain/jobRef.ts";
import { jobEscrow } from "../../chain/pricing.ts";
import { cidOfDigest, DAG_PB } from "../../storage/block.ts";
import type { CommandModule } from "../commandModule.ts";
import { disputeLines } from "../disputeLines.ts";
import { outcomeWords } from "../disputeOutcome.ts";
import { findDisputes } from "../disputes.ts";
import type { Json } from "../output.ts";
import { openSession, type Session } from "../session.ts";
import { formatTime } from "../words.ts";

export const show: CommandModule<object> = {
	usage: "show <job>",
	summary:
		"what was claimed of a job's result, what each juror got, and where the money went; takes a dispute's id too",
	examples: ["depin dispute show 0x5c…e1/0", "depin dispute show 0x9a…07"],
	run: async (context, [text = ""]) => {
		const session = await openSession(context);
		const { ref, disputes } = await findDisputes(session.client, text);
		const answer = { job: formatJobRef(ref), disputes: disputes.map(toJson) };
		context.out.answer(
			answer,
			disputes.length === 0 ? await noDispute(session, ref) : await tell(session, ref, disputes),
		);
	},
};

async function tell({ client, amount }: Session, ref: JobRef, disputes: readonly DisputeStory[]): Promise<string[]> {
	const [{ jobs, order }, all, { timestamp }] = await Promise.all([
		getOrderStory(client, ref),
		getDisputes(client, ref),
		client.getBlock(),
	]);
	const standing = jobs[ref.job];
	if (!standing) return [];
	const about = { job: formatJobRef(ref), consumer: getAddress(order.consumer), price: jobEscrow(order) };
	const view = { ...about, now: Number(timestamp), amount };
	return disputes
		.flatMap((story) => [
			...disputeLines(story, { ...view, outcome: outcomeWords(story, standing, { all, amount }) }),
			"",
		])
		.slice(0, -1);
}

/** Nothing to tell, but perhaps something to do. */
async function noDispute({ client }: Session, ref: JobRef): Promise<string[]> {
	const { jobs, events, order } = await getOrderStory(client, ref);
	const job = formatJobRef(ref);
	const state = jobs[ref.job]?.state;
	if (state !== "submitted-ok" && state !== "submitted-fail")
		return [`nobody has challenged ${job}`, `it is ${state}, and only a submitted result can be challenged`];
	const submitted = events.findLast((event) => event.eventName === "Submitted" && event.args.job === ref.job);
	const until = formatTime((submitted?.time ?? 0) + order.challengeFor);
	return [`nobody has challenged ${job}`, `until ${until} anybody may: depin challenge ${job}`];
}

function toJson({ dispute, accused, challenged, appeal, rounds, ended }: DisputeStory): Record<string, Json> {
	const { index, withheld, outputDigest, challenger, bond, deadline } = challenged;
	return {
		dispute,
		node: accused.node,
		task: Number(index),
		withheld,
		claimed: withheld ? null : cidOfDigest(DAG_PB, outputDigest).toString(),
		challenger,
		bond,
		deadline,
		appeal: appeal ?? null,
		rounds: rounds.map(({ round, verdict, seats }) => ({ round, verdict, jurors: seats as unknown as Json[] })),
		ended: ended !== undefined,
		verdict: ended?.verdict ?? null,
		money: ended?.verdict === undefined ? null : moneyOf(ended),
	};
}

function moneyOf({ split, refund = 0n, paid, slashed }: DisputeRuling): Json {
	return { ...split, refund, paid: [...paid], slashed: [...slashed] } as unknown as Json;
}
