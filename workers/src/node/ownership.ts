import { getJob } from "depin/actions";
import { isAddressEqual } from "viem";
import type { NodeContext } from "./context.ts";
import type { Work } from "./works.ts";

/** Who has a job by the latest block: the question before anything that cannot be undone. */
export type Ownership =
	| { kind: "ours"; claimedAt: number; deadline: number; stopped: boolean }
	| { kind: "open" }
	| { kind: "submitted" }
	/** A replica's result is sealed, by us unless the job was claimed anew meanwhile; the seal's event tells. */
	| { kind: "sealed" }
	/** Another node runs it, or it is over. */
	| { kind: "gone" };

export async function readOwnership(
	{ client, account }: NodeContext,
	work: Pick<Work, "order" | "job">,
): Promise<Ownership> {
	const { state, node, claimedAt, deadline, stopped } = await getJob(client, work);
	if (state === "open") return { kind: "open" };
	if (state === "committed" || state === "revealed") return { kind: "sealed" };
	if (state === "submitted-ok" || state === "submitted-fail") return { kind: "submitted" };
	if (state === "running" && isAddressEqual(node, account.address))
		return { kind: "ours", claimedAt, deadline, stopped };
	return { kind: "gone" };
}
