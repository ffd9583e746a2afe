// A piece of a task's log as a node hands it out: signed, because it may come through a relay that nobody has to trust.
import { type Address, type Hex, isAddressEqual, type LocalAccount, recoverTypedDataAddress, sha256 } from "viem";
import { z } from "zod";
import { type Deployment, marketDomain } from "../chain/typedData.ts";
import { canonicalBytes } from "../jobs/canonicalJson.ts";

/** No line is longer, in characters; no event has more of them. */
export const MAX_LINE = 8_192;
export const MAX_LINES = 4_096;

const index = z
	.int()
	.min(0)
	.max(2 ** 32 - 1);

/** The data of an event `lines`. */
export const logLinesSchema = z.object({
	/** Index of the task in the whole order. */
	task: index,
	/** Number of the first line; a task's first one is 0. */
	from: index,
	lines: z.array(z.string().max(MAX_LINE + 64)).max(MAX_LINES),
	/** The container wrote more than the node keeps; nothing more of this task comes. */
	truncated: z.boolean(),
	signature: z.custom<Hex>((value) => /^0x[0-9a-f]{130}$/.test(String(value)), "must be a signature of 65 bytes"),
});
export type LogLines = z.infer<typeof logLinesSchema>;

/** The data of an event `end`. */
export const logEndSchema = z.object({ because: z.enum(["ended", "stopping"]) });
export type LogEnd = z.infer<typeof logEndSchema>;

/** The job whose log it is; numbers of lines alone would let one job's output stand in for another's. */
export type LogOf = { orderId: Hex; job: number };

function typedData({ chainId, market }: Deployment, { orderId, job }: LogOf, said: Omit<LogLines, "signature">) {
	const { task, from, lines, truncated } = said;
	return {
		domain: marketDomain({ chainId, market }),
		types: {
			LogLines: [
				{ name: "orderId", type: "bytes32" },
				{ name: "job", type: "uint32" },
				{ name: "task", type: "uint32" },
				{ name: "from", type: "uint64" },
				{ name: "content", type: "bytes32" },
			],
		},
		primaryType: "LogLines",
		message: { orderId, job, task, from: BigInt(from), content: sha256(canonicalBytes({ lines, truncated })) },
	} as const;
}

export async function signLogLines(
	deployment: Deployment,
	account: LocalAccount,
	of: LogOf,
	said: Omit<LogLines, "signature">,
): Promise<LogLines> {
	return { ...said, signature: await account.signTypedData(typedData(deployment, of, said)) };
}

/** Whether `node` said these lines of this job. */
export async function areFromNode(
	deployment: Deployment,
	node: Address,
	of: LogOf,
	{ signature, ...said }: LogLines,
): Promise<boolean> {
	try {
		return isAddressEqual(await recoverTypedDataAddress({ ...typedData(deployment, of, said), signature }), node);
	} catch {
		return false; // no point of the curve: nobody signed it
	}
}
