import type { Address } from "viem";
import type { MarketEvent } from "../actions/write.ts";
import { resultStatus, unpackResult } from "./result.ts";
import type { JobState } from "./state.ts";

/** Where a job stands, from its events alone. Amounts in base units, times in unix seconds. */
export type JobStanding = {
	state: JobState;
	/** Claims so far. */
	attempts: number;
	/** Who runs, or ran, it last. */
	node?: Address;
	/** Running: submit by. */
	deadline?: number;
	stopped: boolean;
	closed: boolean;
	/** Status code of the last result. */
	status?: number;
	exitCode?: number;
	/** Settled: to the provider before the fee, the fee, and back to the consumer. */
	pay?: bigint;
	fee?: bigint;
	refund?: bigint;
};

/** Folds a job's history (its order's events and its own, oldest first) into where it stands. */
export function standingOf(history: readonly MarketEvent[]): JobStanding {
	return history.reduce<JobStanding>(step, { state: "none", attempts: 0, stopped: false, closed: false });
}

function step(job: JobStanding, event: MarketEvent): JobStanding {
	switch (event.eventName) {
		case "Posted":
			return { ...job, state: "open" };
		case "Closed":
			return { ...job, closed: true, state: job.state === "open" ? "void" : job.state };
		case "Claimed": {
			const { node, deadline } = event.args;
			return { ...job, state: "running", attempts: job.attempts + 1, node, deadline, stopped: false };
		}
		case "Beat":
			return { ...job, deadline: event.args.deadline };
		case "Stopped":
			return { ...job, stopped: true, deadline: event.args.deadline };
		case "Submitted": {
			const { status, exitCode } = unpackResult(event.args.result);
			const state = status === resultStatus.ok ? "submitted-ok" : "submitted-fail";
			return { ...job, state, status, exitCode, pay: event.args.pay };
		}
		case "Reopened":
			return { ...job, state: "open" };
		case "Expired":
			return { ...job, state: event.args.reopened ? "open" : "void" };
		case "Settled": {
			const { pay, fee, refund } = event.args;
			return { ...job, state: "paid", pay, fee, refund };
		}
		case "Voided":
			return { ...job, state: "void", refund: event.args.refund };
		default:
			return job;
	}
}
