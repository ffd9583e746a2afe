/** Names of the Market's `JobState` and `NodeStatus`, by their number on chain. */
export const jobStates = [
	"none",
	"open",
	"running",
	"committed",
	"revealed",
	"submitted-ok",
	"submitted-fail",
	"paid",
	"void",
] as const;
export type JobState = (typeof jobStates)[number];

export const nodeStatuses = ["none", "active", "suspended", "retired", "jailed"] as const;
export type NodeStatus = (typeof nodeStatuses)[number];

export function jobStateName(state: number): JobState {
	const name = jobStates[state];
	if (name === undefined) throw new RangeError(`the Market returned an unknown job state ${state}`);
	return name;
}

export function nodeStatusName(status: number): NodeStatus {
	const name = nodeStatuses[status];
	if (name === undefined) throw new RangeError(`the Market returned an unknown node status ${status}`);
	return name;
}

/** True when nothing can happen to the job any more. */
export function isTerminal(state: JobState): boolean {
	return state === "paid" || state === "void";
}
