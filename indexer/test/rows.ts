import type { NodeJson } from "depin/indexer";

const zero32 = `0x${"00".repeat(32)}` as const;

/** A node's row as the mirror sends it: active in class 1 with stake to spare, changed as told. */
export function nodeRow(change: {
	address: string;
	status?: NodeJson["status"];
	class?: number;
	stake?: string;
}): NodeJson {
	return {
		owner: `0x${"cc".repeat(20)}`,
		class: 1,
		status: "active",
		stake: "1000000000",
		locked: "0",
		unbonding: "0",
		unbondAt: 0,
		open: 0,
		maxOpen: 64,
		activatedAt: 1,
		rosterIndex: 0,
		metadata: zero32,
		uri: "",
		jobsOk: 0,
		jobsFailed: 0,
		jobsReopened: 0,
		jobsExpired: 0,
		jobsVoided: 0,
		earned: "0",
		slashed: "0",
		jailedAt: null,
		registeredBlock: 1,
		registeredTime: 1,
		registeredTx: zero32,
		...change,
		address: change.address as `0x${string}`,
	};
}
