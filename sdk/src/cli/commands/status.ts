import { getOrderStory, type OrderStory } from "../../actions/getOrderStory.ts";
import { formatJobRef, parseJobRef } from "../../chain/jobRef.ts";
import { orderEscrow } from "../../chain/pricing.ts";
import { JobNotFoundError } from "../../errors/chain.ts";
import type { CommandModule } from "../commandModule.ts";
import { openSession, type Session } from "../session.ts";
import { formatTime, standingWord } from "../words.ts";

/** Beyond this many, a person reads counts; `--json` has all. */
const JOBS_SHOWN = 20;

export const status: CommandModule = {
	usage: "status <job>",
	summary: "where an order's jobs stand, and what happened so far",
	examples: ["depin status 0x5c…e1/0", "depin status 0x5c…e1 --json"],
	run: async (context, [text = ""]) => {
		const session = await openSession(context);
		const ref = parseJobRef(text);
		const story = await getOrderStory(session.client, { orderId: ref.orderId });
		const all = !text.includes("/");
		if (ref.job >= story.jobs.length) throw new JobNotFoundError(ref.orderId, ref.job, story.jobs.length);
		const jobs = all ? story.jobs : story.jobs.slice(ref.job, ref.job + 1);
		const events = story.events.filter((event) => all || !("job" in event.args) || event.args.job === ref.job);
		context.out.answer(
			{
				orderId: story.orderId,
				uri: story.uri,
				postedAt: story.postedAt,
				order: story.order,
				mostYouCanLose: orderEscrow(story.order),
				jobs: jobs.map((job) => ({ ...job, ref: formatJobRef({ orderId: story.orderId, job: job.job }) })),
				events: events.map(({ eventName, time, transactionHash, blockNumber, args }) => ({
					name: eventName,
					job: "job" in args ? args.job : null,
					node: "node" in args ? args.node : null,
					time,
					block: Number(blockNumber),
					tx: transactionHash,
				})),
			},
			lines(session, { ...story, jobs, events }),
		);
	},
};

function lines(session: Session, story: OrderStory): string[] {
	const { orderId, order, jobs, events } = story;
	const shown = jobs.slice(0, JOBS_SHOWN);
	return [
		`order  ${orderId}`,
		`posted ${formatTime(story.postedAt)} in class ${order.class}, at most ${session.amount(orderEscrow(order))}`,
		...shown.flatMap((job) => [
			`job ${job.job}  ${standingWord(job, formatTime)}`,
			...(job.node ? [`       node ${job.node}`] : []),
			...(job.state === "paid"
				? [`       ${session.amount(job.pay ?? 0n)} paid, ${session.amount(job.refund ?? 0n)} refunded`]
				: []),
		]),
		...(jobs.length > shown.length ? [`and ${jobs.length - shown.length} more jobs; --json lists all`] : []),
		"",
		...events.slice(-3 * JOBS_SHOWN).map(({ eventName, args, time, transactionHash }) => {
			const job = "job" in args ? ` job ${args.job}` : "";
			return `${formatTime(time)}  ${eventName}${job}  ${transactionHash}`;
		}),
	];
}
