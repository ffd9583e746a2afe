// What each state and event means to somebody who has read nothing.
import { type JobState, statusName, unpackResult, verdictName } from "depin";
import { formatSpan } from "../app/format.ts";
import type { Tone } from "../design/Badge.tsx";
import { movesOf, verdictMeans } from "./disputes.ts";
import type { Entry, JobView } from "./orderView.ts";

const states: Record<JobState, { word: string; tone: Tone; means: string }> = {
	none: { word: "unknown", tone: "neutral", means: "The chain does not know this job." },
	open: { word: "waiting", tone: "neutral", means: "Waiting for a node to claim it." },
	running: { word: "running", tone: "active", means: "A node claimed it and runs your container." },
	committed: { word: "committed", tone: "active", means: "Nodes have fixed their answers without showing them." },
	revealed: { word: "revealed", tone: "active", means: "Nodes show their answers." },
	"submitted-ok": { word: "to check", tone: "warn", means: "The result is there. Check it, then accept it to pay." },
	"submitted-fail": {
		word: "failed",
		tone: "bad",
		means: "The run failed, says the node. Look at why before it is settled.",
	},
	paid: { word: "paid", tone: "good", means: "The result was accepted and the node is paid." },
	void: { word: "not run", tone: "neutral", means: "It ended without a result to pay for; its money came back." },
};

export const stateOf = ({ state }: Pick<JobView, "state">) => states[state];

export type Told = { title: string; detail?: string; tone: Tone };
type Amount = (baseUnits: bigint) => string;

const units = (value: unknown) => BigInt(String(value ?? 0));

/** One sentence for each of the Market's events about an order. */
const tellers: Readonly<Record<string, (args: Entry["args"], amount: Amount) => Told>> = {
	Posted: () => ({ title: "Order posted", detail: "Its money is held by the Market.", tone: "neutral" }),
	Claimed: ({ claimDelay }) => ({
		title: "Claimed by a node",
		detail: `${formatSpan(Number(claimDelay))} after posting; its stake stands for the job.`,
		tone: "active",
	}),
	Beat: () => ({ title: "Sign of life", tone: "neutral" }),
	Stopped: () => ({
		title: "Stop asked for",
		detail: "The node reports and is paid for the time it ran.",
		tone: "warn",
	}),
	Submitted: ({ pay, result }, amount) => ({ ...submitted(result), detail: `${amount(units(pay))} to pay for it.` }),
	Reopened: () => ({ title: "Handed back", detail: "Its node could not run it; another may claim it.", tone: "warn" }),
	Expired: ({ slash, reopened }, amount) => ({
		title: "The node fell silent",
		detail: `${amount(units(slash))} of its stake is gone. ${reopened === true ? "Another may claim the job." : "Your money came back."}`,
		tone: "bad",
	}),
	Settled: ({ pay, fee, refund }, amount) => ({
		title: "Paid",
		detail: `${amount(units(pay))}, of it ${amount(units(fee))} fee; ${amount(units(refund))} came back.`,
		tone: "good",
	}),
	Committed: () => ({
		title: "Answer fixed, not shown",
		detail: "Nobody can copy it before all have answered.",
		tone: "active",
	}),
	Revealed: () => ({ title: "Answer shown", tone: "active" }),
	Tallied: ({ votes }) => ({ title: "Answers compared", detail: `${units(votes)} agree.`, tone: "neutral" }),
	Challenged: ({ bond, withheld }, amount) => ({
		title: withheld === true ? "Challenged: its content is missing" : "Challenged: its result is said to be wrong",
		detail: `${amount(units(bond))} stand against it. It is not paid before the verdict.`,
		tone: "bad",
	}),
	Resolved: ({ verdict, split }, amount) => {
		const name = verdictName(Number(verdict));
		const isAgainst = name === "invalid" || name === "unavailable";
		return {
			title: `Verdict: ${verdictMeans[name]}`,
			detail: `${movesOf(split, amount).join("; ")}.`,
			tone: isAgainst ? "bad" : "good",
		};
	},
	Voided: ({ refund }, amount) => ({ title: "Voided", detail: `${amount(units(refund))} came back.`, tone: "warn" }),
	Closed: ({ refund }, amount) => ({
		title: "Order closed",
		detail: `${amount(units(refund))} came back.`,
		tone: "neutral",
	}),
};

export function tell({ name, args }: Entry, amount: Amount): Told {
	return tellers[name]?.(args, amount) ?? { title: name, tone: "neutral" };
}

/** The chain's packed result tells how it ended; the indexer's copy is told apart by its shape. */
function submitted(result: unknown): Told {
	if (typeof result !== "object" || result === null || !("outcome" in result))
		return { title: "Result submitted", tone: "warn" };
	const packed = { ...result, outcome: units(result.outcome) };
	const { status, exitCode } = unpackResult(packed as Parameters<typeof unpackResult>[0]);
	const name = statusName(status) ?? "unknown";
	return name === "ok"
		? { title: "Result submitted", tone: "warn" }
		: { title: `Failure reported: ${name}, exit code ${exitCode}`, tone: "bad" };
}
