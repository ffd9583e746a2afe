import { zeroHash } from "viem";
import type { LeafProof } from "../chain/disputes.ts";
import type { Result } from "../chain/result.ts";
import { lotOf, type Order } from "../chain/terms.ts";
import { type Bundle, tasksOfLot } from "./manifest.ts";
import { merkleProof, verifyProof } from "./merkle.ts";
import { resultLeaves } from "./resultTree.ts";
import type { StatementTask } from "./statementSchema.ts";

export type LeafProofParameters = {
	order: Pick<Order, "lots" | "tasksPerLot" | "replicas">;
	job: number;
	/** Of the task, over the whole order. */
	index: number;
	bundle: Bundle;
	result: Pick<Result, "resultRoot" | "outputsDigest" | "status">;
	/** What the job's statement says of its tasks; undefined when nobody has it. */
	tasks: readonly Pick<StatementTask, "index" | "outputDigest" | "status">[] | undefined;
};

/**
 * Names one task of a job to the Market, with the two proofs that it stands in the order and in the result. What a
 * statement says is believed only as far as it gives the result's root; a lot whose leaves nobody published is
 * challenged as withheld. Of a job of one task the chain itself tells the leaf.
 *
 * @throws {RangeError} when the task is not in the job's lot.
 */
export function leafProof({ order, job, index, bundle, result, tasks }: LeafProofParameters): LeafProof {
	const lot = tasksOfLot(bundle, lotOf(order, job));
	const place = lot.findIndex((task) => task.index === index);
	const task = lot[place];
	if (!task) throw new RangeError(`job ${job} ran tasks ${lot[0]?.index} to ${lot.at(-1)?.index}, not ${index}`);
	const leaves = bundle.tasks.map(({ leaf }) => leaf);
	const named = { index: BigInt(index), specDigest: task.specDigest, taskProof: merkleProof(leaves, index) };
	const only = { index, outputDigest: result.outputsDigest, status: result.status };
	const claimed = order.tasksPerLot === 1 ? [only] : (tasks ?? []);
	const results = lot.flatMap((own) => {
		const found = claimed.find((candidate) => candidate.index === own.index);
		return found
			? [{ index: own.index, taskLeaf: own.leaf, outputDigest: found.outputDigest, status: found.status }]
			: [];
	});
	const own = results[place];
	const proved = results.length === lot.length ? resultLeaves(results) : [];
	const [leaf, resultProof] = [proved[place], proved.length > 0 ? merkleProof(proved, place) : []];
	if (!own || !leaf || !verifyProof(result.resultRoot, leaf, resultProof))
		return { ...named, withheld: true, outputDigest: zeroHash, status: 0, resultProof: [] };
	return { ...named, withheld: false, outputDigest: own.outputDigest, status: own.status, resultProof };
}
