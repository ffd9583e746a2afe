import { getOrderStory } from "../../actions/getOrderStory.ts";
import { formatJobRef, type JobRef, parseJobRef } from "../../chain/jobRef.ts";
import { JobNotFoundError, NotSubmittedError } from "../../errors/chain.ts";
import { checkJob } from "../check.ts";
import type { CommandModule } from "../commandModule.ts";
import { accept as acceptJob, checkWords } from "../conclude.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { ChecksFailedError } from "../errors.ts";
import type { Json } from "../output.ts";
import { openSession, type Session } from "../session.ts";

type Options = { verify?: boolean };

export const accept: CommandModule<Options> = {
	usage: "accept <job>",
	summary: "pay a submitted job now, after checking it; of a whole order, every job that is ok",
	examples: ["depin accept 0x5c…e1/0", "depin accept 0x5c…e1 --yes"],
	options: [["--no-verify", "pay without checking the result first"]],
	writes: true,
	run: async (context, [text = ""], { verify = true }) => {
		const session = await openSession(context);
		const { orderId, job } = parseJobRef(text);
		const { jobs } = await getOrderStory(session.client, { orderId });
		if (job >= jobs.length) throw new JobNotFoundError(orderId, job, jobs.length);
		const one = text.includes("/") || jobs.length === 1;
		const chosen = one
			? jobs.slice(job, job + 1)
			: jobs.filter(({ state }) => state === "submitted-ok" || state === "paid");
		const results: { readonly [k: string]: Json }[] = [];
		for (const standing of chosen) {
			const ref = { orderId, job: standing.job };
			const job = formatJobRef(ref);
			const { state, pay, fee, refund } = standing;
			if (state === "paid") results.push({ job, paid: true, already: true, pay, fee, refund });
			else if (state !== "submitted-ok" && state !== "submitted-fail")
				throw new NotSubmittedError(orderId, ref.job, state);
			else results.push(await acceptOne(context, session, ref, verify));
		}
		const words = ({ job, already, pay, refund, wouldPay }: { readonly [k: string]: Json }) =>
			wouldPay === undefined
				? `${job} ${already ? "was paid already" : "is paid"}: ${session.amount(BigInt(`${pay}`))}, ${session.amount(BigInt(`${refund}`))} came back`
				: `would pay ${job}: ${session.amount(BigInt(`${wouldPay}`))}`;
		const single = one ? results[0] : {};
		context.out.answer(
			{ ...single, orderId, jobs: results },
			results.length ? results.map(words) : ["no job to accept yet"],
		);
	},
};

async function acceptOne(context: Context, session: Session, ref: JobRef, verify: boolean) {
	const checked = await checkJob(session, ref, { signal: context.signal });
	const job = formatJobRef(ref);
	context.out.progress(`${job}: ${checkWords(checked)}`);
	const failed = checked.checks.filter(({ ok }) => !ok).map(({ name }) => name);
	if (verify && failed.length > 0) throw new ChecksFailedError(job, failed);
	const { pay } = checked.submission.receipt;
	if (context.options.dryRun) return { job, paid: false, wouldPay: pay };
	await confirm(context, session.profile.chainId, `Pay ${session.amount(pay)} for ${job}?`);
	return { job, paid: true, already: false, ...(await acceptJob(context, session, checked)) };
}
