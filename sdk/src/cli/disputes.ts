import type { Address, Hex } from "viem";
import { getJobHistory } from "../actions/getJobHistory.ts";
import type { TimedEvent } from "../actions/getOrderEvents.ts";
import { type GetPanelReturnType, getPanel } from "../actions/getPanel.ts";
import type { MarketClient } from "../chain/client.ts";
import { type Verdict, verdictName } from "../chain/disputes.ts";
import type { JobRef } from "../chain/jobRef.ts";
import { DepinError } from "../errors/base.ts";
import { UsageError } from "./errors.ts";

type Args<name extends TimedEvent["eventName"]> = Extract<TimedEvent, { eventName: name }>["args"];

/** A dispute over one task, from the challenge to the verdict. */
export type DisputeStory = {
	dispute: Hex;
	challengedAt: number;
	challenged: Args<"Challenged">;
	/** One a round; empty when its arbiter is no panel. */
	rounds: readonly GetPanelReturnType[];
	/** Undefined while it is open. */
	ended: { verdict: Verdict; at: number; split: Args<"Resolved">["split"]; refund: bigint | undefined } | undefined;
};

/** Every dispute over a job's results, oldest first. */
export async function readDisputes(client: MarketClient, ref: JobRef): Promise<DisputeStory[]> {
	const history = await getJobHistory(client, ref);
	const stories = history.map(async (event): Promise<DisputeStory | undefined> => {
		if (event.eventName !== "Challenged") return undefined;
		const { dispute, arbiter } = event.args;
		const end = history.find((other) => other.eventName === "Resolved" && other.args.dispute === dispute);
		const voided = history.find(
			(other) => other.eventName === "Voided" && other.transactionHash === end?.transactionHash,
		);
		return {
			dispute,
			challengedAt: event.time,
			challenged: event.args,
			rounds: await readRounds(client, dispute, arbiter),
			ended:
				end?.eventName === "Resolved"
					? {
							verdict: verdictName(end.args.verdict),
							at: end.time,
							split: end.args.split,
							refund: voided?.eventName === "Voided" ? voided.args.refund : undefined,
						}
					: undefined,
		};
	});
	return (await Promise.all(stories)).filter((story) => story !== undefined);
}

async function readRounds(client: MarketClient, dispute: Hex, arbiter: Address): Promise<GetPanelReturnType[]> {
	try {
		const last = await getPanel(client, { dispute, arbiter });
		return last.round === 0 ? [last] : [await getPanel(client, { dispute, arbiter, round: 0 }), last];
	} catch (error) {
		if (error instanceof DepinError && !error.retriable) return []; // an arbiter of another kind
		throw error;
	}
}

/** The one that is meant: the job's only one, its last open one, or the one that is named. */
export function theDispute(disputes: readonly DisputeStory[], named: string | undefined, job: string): DisputeStory {
	const [last] = disputes.toReversed();
	if (!last) throw new UsageError(`nobody has challenged ${job}`, { hint: "`depin challenge` does." });
	if (named === undefined) return disputes.findLast(({ ended }) => ended === undefined) ?? last;
	const found = disputes.find(({ dispute }) => dispute.startsWith(named.toLowerCase()));
	if (found) return found;
	throw new UsageError(`${job} has no dispute ${named}`, {
		hint: `It has: ${disputes.map(({ dispute }) => dispute).join(", ")}`,
	});
}
