import type { Hex } from "viem";
import { getOrderStory, type OrderStory } from "../../actions/getOrderStory.ts";
import { encodeMarketCall, type WriteReturnType, writeMarket } from "../../actions/write.ts";
import { parseJobRef } from "../../chain/jobRef.ts";
import { jobEscrow } from "../../chain/pricing.ts";
import { packTerms } from "../../chain/terms.ts";
import { JobNotFoundError } from "../../errors/chain.ts";
import type { CommandModule } from "../commandModule.ts";
import { UsageError } from "../errors.ts";
import { openSession } from "../session.ts";
import { transact } from "../transact.ts";

export const cancel: CommandModule = {
	usage: "cancel <job>",
	summary: "refund what no node has claimed, and stop what runs",
	examples: ["depin cancel 0x5c…e1", "depin cancel 0x5c…e1/3"],
	writes: true,
	run: async (context, [text = ""]) => {
		const session = await openSession(context);
		const { client, amount } = session;
		const { orderId, job } = parseJobRef(text);
		const story = await getOrderStory(client, { orderId });
		const plan = planCancel(story, text.includes("/") ? job : undefined);
		const refund = jobEscrow(story.order) * BigInt(plan.refunds);
		const does = [
			...(plan.refunds > 0 ? [`refund ${plan.refunds} unclaimed job(s), ${amount(refund)}`] : []),
			...(plan.stops.length > 0 ? [`stop ${plan.stops.length} running job(s), paid by the time they ran`] : []),
		].join(", ");
		const send = (): Promise<WriteReturnType> => {
			const terms = packTerms(story.order);
			const close: Hex[] = plan.refunds > 0 ? [encodeMarketCall("close", [terms])] : [];
			const stops = plan.stops.map((number) => encodeMarketCall("stop", [terms, number]));
			return writeMarket(client, "multicall", [[...close, ...stops]]);
		};
		const written = await transact(context, session, { does, send });
		if (!written) return;
		context.out.answer({ orderId, refunded: refund, closed: plan.refunds, stopped: plan.stops, tx: written.hash }, [
			`done: ${does}`,
			...(plan.stops.length > 0 ? ["stopped jobs have 10 minutes to report; `depin status` shows when they did"] : []),
		]);
	},
};

/** How many open jobs a close refunds, and which running ones to stop. `only` narrows it to one job. */
export function planCancel(story: OrderStory, only: number | undefined): { refunds: number; stops: number[] } {
	const { orderId, jobs } = story;
	if (only !== undefined && only >= jobs.length) throw new JobNotFoundError(orderId, only, jobs.length);
	const open = jobs.filter(({ state }) => state === "open").length;
	const running = jobs.filter(({ state, stopped }) => state === "running" && !stopped).map(({ job }) => job);
	const one = only === undefined ? undefined : jobs[only];
	if (one?.state === "open" && jobs.length > 1) {
		throw new UsageError(`job ${only} is unclaimed, and unclaimed jobs are only refunded together`, {
			hint: `Cancel the whole order: depin cancel ${orderId}`,
		});
	}
	const plan = {
		refunds: one && one.state !== "open" ? 0 : open,
		stops: running.filter((job) => only === undefined || job === only),
	};
	if (plan.refunds === 0 && plan.stops.length === 0) {
		const why = one
			? `it is ${one.stopped && one.state === "running" ? "stopped already" : one.state}`
			: "no job is open or running";
		throw new UsageError(`nothing to cancel: ${why}`, { hint: "`depin status` shows where it stands." });
	}
	return plan;
}
