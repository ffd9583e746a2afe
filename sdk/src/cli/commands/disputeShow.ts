import { formatJobRef, parseJobRef } from "../../chain/jobRef.ts";
import { cidOfDigest, DAG_PB } from "../../storage/block.ts";
import type { CommandModule } from "../commandModule.ts";
import { disputeLines } from "../disputeLines.ts";
import { readDisputes } from "../disputes.ts";
import type { Json } from "../output.ts";
import { openSession } from "../session.ts";

export const show: CommandModule<object> = {
	usage: "show <job>",
	summary: "what was claimed of a job's result, what each juror got, and where the money went",
	examples: ["depin dispute show 0x5c…e1/0"],
	run: async (context, [text = ""]) => {
		const session = await openSession(context);
		const ref = parseJobRef(text);
		const disputes = await readDisputes(session.client, ref);
		const lines = disputes.flatMap((story) => [...disputeLines(story, session.amount), ""]).slice(0, -1);
		context.out.answer(
			{
				job: formatJobRef(ref),
				disputes: disputes.map(({ dispute, challenged, rounds, ended }) => ({
					dispute,
					task: Number(challenged.index),
					withheld: challenged.withheld,
					claimed: challenged.withheld ? null : cidOfDigest(DAG_PB, challenged.outputDigest).toString(),
					challenger: challenged.challenger,
					bond: challenged.bond,
					rounds: rounds.map(({ round, verdict, seats }) => ({ round, verdict, jurors: seats as unknown as Json[] })),
					verdict: ended?.verdict ?? null,
					money: (ended?.split as unknown as Json) ?? null,
				})),
			},
			lines.length > 0 ? lines : [`nobody has challenged ${formatJobRef(ref)}`],
		);
	},
};
