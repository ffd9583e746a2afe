import type { Address, Hex } from "viem";
import type { MarketClient } from "../chain/client.ts";
import { type Verdict, verdictName } from "../chain/disputes.ts";
import type { JobRef } from "../chain/jobRef.ts";
import { DepinError } from "../errors/base.ts";
import { getJobHistory } from "./getJobHistory.ts";
import { type TimedEvent, withTimes } from "./getOrderEvents.ts";
import { type GetPanelReturnType, getPanel } from "./getPanel.ts";
import { getPanelConfig } from "./getPanelConfig.ts";
import { lastSubmission } from "./getReceipt.ts";
import { getMarketLogs } from "./logs.ts";
import { selectorOf } from "./topics.ts";

type Args<name extends TimedEvent["eventName"]> = Extract<TimedEvent, { eventName: name }>["args"];

/** What one node got or lost by a dispute, base units. */
export type JurorMoney = { node: Address; amount: bigint };

/** A dispute that ended by a verdict. Amounts in base units, times in unix seconds. */
export type DisputeRuling = {
	verdict: Verdict;
	at: number;
	split: Args<"Resolved">["split"];
	/** Of the job's price to its consumer; undefined unless the verdict voided the job. */
	refund: bigint | undefined;
	/** First second in which anybody may settle the job, unless it is void or disputed otherwise. */
	settleableFrom: number;
	paid: readonly JurorMoney[];
	/** Jurors who were silent or out-voted. */
	slashed: readonly JurorMoney[];
};

/** By a verdict, or with its job: then nobody won, and the bonds came back. */
export type DisputeEnd = DisputeRuling | { verdict: undefined; at: number; bond: bigint; appealBond: bigint };

/** A dispute over one task, from the challenge to the verdict. */
export type DisputeStory = {
	dispute: Hex;
	/** Whose result it is, when it was handed in, and what it pays at most, base units. */
	accused: { node: Address; at: number; pay: bigint };
	/** Unix seconds. */
	challengedAt: number;
	challenged: Args<"Challenged">;
	appeal: { appellant: Address; bond: bigint; at: number } | undefined;
	/** One a round; empty when its arbiter is no panel. */
	rounds: readonly GetPanelReturnType[];
	/** Seconds after the first round's votes in which somebody may appeal; 0 when its arbiter is no panel. */
	appealFor: number;
	/** Undefined while it is open. */
	ended: DisputeEnd | undefined;
};

export type GetDisputesParameters = JobRef;
export type GetDisputesReturnType = DisputeStory[];

/**
 * Every dispute over a job's results, oldest first, and where each one's money went.
 *
 * @example
 * const [dispute] = await getDisputes(client, parseJobRef(text));
 */
export async function getDisputes(client: MarketClient, ref: GetDisputesParameters): Promise<GetDisputesReturnType> {
	return disputesOf(client, await getJobHistory(client, ref));
}

/** The same of a history read before. */
export async function disputesOf(client: MarketClient, history: readonly TimedEvent[]): Promise<DisputeStory[]> {
	const challenges = history.flatMap((event) => (event.eventName === "Challenged" ? [event] : []));
	const submission = lastSubmission(history);
	if (!submission) return [];
	const { node, submittedAt: at, pay } = submission.receipt;
	return Promise.all(
		challenges.map(async ({ args, time, blockNumber }) => {
			const { dispute, arbiter } = args;
			const [own, panels] = await Promise.all([
				eventsOf(client, dispute, blockNumber),
				readRounds(client, dispute, arbiter),
			]);
			const appealed = own.find((event) => event.eventName === "Appealed");
			return {
				dispute,
				accused: { node, at, pay },
				challengedAt: time,
				challenged: args,
				appeal: appealed?.eventName === "Appealed" ? { ...appealed.args, at: appealed.time } : undefined,
				...panels,
				ended: endOf(own, history, node),
			};
		}),
	);
}

function endOf(own: readonly TimedEvent[], history: readonly TimedEvent[], accused: Address): DisputeEnd | undefined {
	const end = own.find(({ eventName }) => eventName === "Resolved" || eventName === "Reclaimed");
	if (end?.eventName === "Reclaimed")
		return { verdict: undefined, at: end.time, bond: end.args.bond, appealBond: end.args.appealBond };
	if (end?.eventName !== "Resolved") return undefined;
	const { verdict, split, settleableFrom } = end.args;
	const voids = verdictName(verdict) === "invalid" || verdictName(verdict) === "unavailable";
	const voided = history.find((event) => event.eventName === "Voided" && event.transactionHash === end.transactionHash);
	const paid = own.flatMap((event) =>
		event.eventName === "JurorPaid" ? [{ node: event.args.node, amount: event.args.fee }] : [],
	);
	const slashed = own.flatMap((event) => (event.eventName === "NodeSlashed" ? [event.args] : []));
	return {
		verdict: verdictName(verdict),
		at: end.time,
		split,
		refund: voids && voided?.eventName === "Voided" ? voided.args.refund : undefined,
		settleableFrom,
		paid,
		// A withheld result costs its own node a slice too.
		slashed: slashed.flatMap(({ node, amount }) => (node === accused ? [] : [{ node, amount }])),
	};
}

/** What the Market said of one dispute; its place among an event's topics depends on the event. */
async function eventsOf(client: MarketClient, dispute: Hex, fromBlock: bigint): Promise<TimedEvent[]> {
	const named = [selectorOf("Appealed"), selectorOf("Reclaimed")];
	const money = [selectorOf("JurorPaid"), selectorOf("NodeSlashed")];
	const events = await Promise.all([
		getMarketLogs(client, { fromBlock, topics: [named, dispute] }),
		getMarketLogs(client, { fromBlock, topics: [money, null, dispute] }),
		getMarketLogs(client, { fromBlock, topics: [selectorOf("Resolved"), null, null, dispute] }),
	]);
	return withTimes(client, events.flat());
}

async function readRounds(client: MarketClient, dispute: Hex, arbiter: Address) {
	try {
		const [last, { appealFor }] = await Promise.all([
			getPanel(client, { dispute, arbiter }),
			getPanelConfig(client, { arbiter }),
		]);
		const rounds = last.round === 0 ? [last] : [await getPanel(client, { dispute, arbiter, round: 0 }), last];
		return { rounds, appealFor };
	} catch (error) {
		// An arbiter of another kind.
		if (error instanceof DepinError && !error.retriable) return { rounds: [], appealFor: 0 };
		throw error;
	}
}
