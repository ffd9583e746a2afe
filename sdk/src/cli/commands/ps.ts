import type { Hex } from "viem";
import { getOrderEvents } from "../../actions/getOrderEvents.ts";
import { type OrderStory, tellStory } from "../../actions/getOrderStory.ts";
import { listOrders } from "../../actions/listOrders.ts";
import { orderEscrow } from "../../chain/pricing.ts";
import { isTerminal } from "../../chain/state.ts";
import type { CommandModule } from "../commandModule.ts";
import { table } from "../output.ts";
import { openSession } from "../session.ts";
import { formatTime } from "../words.ts";

export const ps: CommandModule<{ all?: boolean }> = {
	usage: "ps",
	summary: "your orders that are not finished",
	examples: ["depin ps", "depin ps --all --json"],
	options: [["-a, --all", "also the finished ones"]],
	run: async (context, _args, { all = false }) => {
		const session = await openSession(context);
		const posted = await listOrders(session.client, { consumer: session.signer() });
		const ids = posted.map(({ orderId }) => orderId);
		const events = await getOrderEvents(session.client, { orderId: ids });
		const byOrder = Map.groupBy(events, ({ args }) => ("id" in args ? args.id : undefined));
		const stories = ids.flatMap((id: Hex) => tellStory(byOrder.get(id) ?? []) ?? []);
		const shown = stories.filter((story) => all || !story.jobs.every(({ state }) => isTerminal(state)));
		const rows = shown.map((story) => ({
			orderId: story.orderId,
			postedAt: story.postedAt,
			class: story.order.class,
			mostYouCanLose: orderEscrow(story.order),
			jobs: story.jobs.length,
			states: countStates(story),
		}));
		const none = all ? "no orders yet; `depin run <job.yaml>` posts one" : "nothing unfinished; --all lists what was";
		context.out.answer(
			{ orders: rows },
			rows.length === 0
				? [none]
				: table([
						["ORDER", "POSTED", "JOBS", "AT MOST"],
						...rows.map((row) => [
							row.orderId,
							formatTime(row.postedAt),
							Object.entries(row.states)
								.map(([state, count]) => (row.jobs === 1 ? state : `${count} ${state}`))
								.join(", "),
							session.amount(row.mostYouCanLose),
						]),
					]),
		);
	},
};

function countStates({ jobs }: OrderStory): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { state } of jobs) counts[state] = (counts[state] ?? 0) + 1;
	return counts;
}
