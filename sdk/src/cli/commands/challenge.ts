import { appraiseChallenge } from "../../actions/appraiseChallenge.ts";
import { challengeResult } from "../../actions/challengeResult.ts";
import { missingFunds } from "../../actions/funding.ts";
import { formatJobRef, parseJobRef } from "../../chain/jobRef.ts";
import { taskRange } from "../../chain/terms.ts";
import { leafProof } from "../../jobs/leafProof.ts";
import { checkJob } from "../check.ts";
import type { CommandModule } from "../commandModule.ts";
import { UsageError } from "../errors.ts";
import { openSession } from "../session.ts";
import { transact } from "../transact.ts";
import { formatTime } from "../words.ts";

type Options = { task?: string };

export const challenge: CommandModule<Options> = {
	usage: "challenge <job>",
	summary: "say that a submitted result is wrong or withheld, with a bond on it; drawn jurors run the task again",
	examples: ["depin challenge 0x5c…e1/0", "depin challenge 0x5c…e1/0 --task 13"],
	options: [["--task <i>", "which task is wrong, counted over the whole order (default: the job's first)"]],
	writes: true,
	run: async (context, [text = ""], options) => {
		const session = await openSession(context);
		const { client, amount } = session;
		const ref = parseJobRef(text);
		const job = formatJobRef(ref);
		const checked = await checkJob(session, ref, { signal: context.signal });
		const { order, submission, statement, bundle, standing } = checked;
		if (standing.state !== "submitted-ok" && standing.state !== "submitted-fail")
			throw new UsageError(`${job} is ${standing.state}: only a result that waits for its payment can be challenged`, {
				hint: "`depin dispute show` tells of earlier disputes over it.",
			});
		if (!bundle)
			throw new UsageError(`the manifest of ${job} cannot be read, so no task of it can be named`, {
				hint: "Name a storage node that has it in the profile.",
			});
		const index = indexOf(options.task, taskRange(order, ref.job));
		const vouched = checked.checks.every(
			({ name, ok }) => ok || (name !== "result-root" && name !== "statement-tasks"),
		);
		const tasks = vouched ? statement?.predicate.runDetails.depin.tasks : undefined;
		const proof = leafProof({ order, job: ref.job, index, bundle, result: submission.result, tasks });
		const { bond } = await appraiseChallenge(client, { order });
		await missingFunds(client, { account: session.signer(), needed: bond });
		const accused = proof.withheld ? "was never published" : "is wrong";
		const does = `challenge task ${index} of ${job}, which ${accused}, with a bond of ${amount(bond)}`;
		const done = await transact(context, session, {
			does,
			send: (writing) => {
				const { receipt, result } = submission;
				return challengeResult(client, { order, receipt, result, proof, ...writing });
			},
		});
		const challenged = done?.events.find((event) => event.eventName === "Challenged");
		if (!done || challenged?.eventName !== "Challenged") return;
		const { dispute, deadline } = challenged.args;
		context.out.answer({ job, task: index, withheld: proof.withheld, dispute, bond, tx: done.hash, deadline }, [
			`challenged: dispute ${dispute}`,
			`the bond of ${amount(bond)} comes back, with a reward, if the jurors find the result wrong; they are paid from it if not`,
			`follow it with: depin dispute show ${job}; without a verdict by ${formatTime(deadline)} the node is paid`,
		]);
	},
};

function indexOf(text: string | undefined, { from, to }: { from: number; to: number }): number {
	if (text === undefined) return from;
	const index = Number(text);
	if (!/^\d+$/.test(text) || index < from || index >= to)
		throw new UsageError(`--task must be one of the job's tasks, ${from} to ${to - 1}`);
	return index;
}
