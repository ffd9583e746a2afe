import type { Address, Hex } from "viem";
import type { Result } from "../chain/result.ts";
import type { Order } from "../chain/terms.ts";
import type { Deployment } from "../chain/typedData.ts";
import { CheckFailed } from "./checkFailed.ts";
import { checks } from "./checks.ts";
import { readEvidence } from "./evidence.ts";

/** What the chain says of a submitted job, from the order's and the job's last events. Times in unix seconds. */
export type JobFacts = {
	deployment: Deployment;
	orderId: Hex;
	order: Order;
	/** Of the `Posted` event. */
	uri: string;
	postedAt: number;
	job: number;
	/** `deadline`: the one that stood when the result came; beats and stops move it. */
	claimed: { node: Address; claimDelay: number; at: number; deadline: number };
	submitted: { node: Address; digest: Hex; result: Result; pay: bigint; at: number };
};

/** Something fetched, or why it could not be. */
export type Fetched<T> = { value: T } | { problem: string };

/** Outputs as they lie on disk, hashed again. `cid`: of everything; a task's: of its own directory. */
export type OutputsRead = {
	cid: string;
	tasks: { index: number; cid: string; files: { path: string; sha256: Hex; cid: string }[] }[];
};

/** What the CIDs of a job lead to. */
export type JobContent = {
	manifest: Fetched<Uint8Array>;
	/** The DSSE envelope. */
	statement: Fetched<Uint8Array>;
	outputs: Fetched<OutputsRead>;
	/** CID of the log bytes fetched, by task. */
	logs: Fetched<ReadonlyMap<number, string>>;
};

/** One thing checked. `detail`: what was found, or what is wrong. */
export type Check = { name: CheckName; ok: boolean; detail: string };

/** All checks, in the order in which they are made. */
export const checkNames = [
	"order-id",
	"claim",
	"manifest",
	"task-root",
	"result-digest",
	"statement-hash",
	"statement-signature",
	"statement-order",
	"statement-tasks",
	"statement-spec",
	"result-root",
	"outputs",
	"task-outputs",
	"subjects",
	"logs",
	"outcome",
	"reasons",
	"times",
	"pay",
] as const;
export type CheckName = (typeof checkNames)[number];

/**
 * Checks a job's result against the chain and its content, trusting neither node nor gateway. Pure: it is given
 * everything, and says of each check whether it holds. All hold, or the result is not what it claims to be.
 *
 * @example
 * const checks = await verifyJob(facts, await fetchJobContent(client, facts, './results'))
 * const failed = checks.filter(({ ok }) => !ok)
 */
export async function verifyJob(facts: JobFacts, content: JobContent): Promise<Check[]> {
	const evidence = await readEvidence(content);
	return checkNames.map((name) => {
		try {
			return { name, ok: true, detail: checks[name](facts, evidence) };
		} catch (error) {
			if (error instanceof CheckFailed) return { name, ok: false, detail: error.message };
			throw error;
		}
	});
}
