import { lotOf } from "depin";
import { type JobFacts, openEnvelope, resultRoot, type StatementTask, tasksOfLot } from "depin/jobs";
import {
	type ContentClient,
	ContentUnavailableError,
	cidOfDigest,
	DagInvalidError,
	fetchRaw,
	normaliseSource,
	RAW,
	UriInvalidError,
	withSources,
} from "depin/storage";
import type { OrderBundle } from "../node/bundle.ts";

/** What a node published of a job: its own account of the lot's tasks, and where it says the content is. */
export type Published = {
	/** Undefined unless they give the result's root: then the chain vouches for them. */
	tasks: StatementTask[] | undefined;
	content: ContentClient;
	/** Gateways that the node names. */
	sources: string[];
};

/** Reads a job's statement as far as anybody has it. Its signature does not matter here: the chain names its hash. */
export async function readPublished(
	content: ContentClient,
	facts: JobFacts,
	bundle: OrderBundle,
	signal: AbortSignal,
): Promise<Published> {
	const named = withSources(content, bundle.sources);
	try {
		const { bytes } = await fetchRaw(named, cidOfDigest(RAW, facts.submitted.result.statementHash), { signal });
		const { sources, tasks } = (await openEnvelope(bytes)).statement.predicate.runDetails.depin;
		const lot = tasksOfLot(bundle, lotOf(facts.order, facts.job)).map(({ leaf }) => leaf);
		const asOrdered = tasks.length === lot.length && tasks.every(({ taskLeaf }) => lot.includes(taskLeaf));
		const vouched = asOrdered && resultRoot(tasks) === facts.submitted.result.resultRoot;
		const theirs = sources.flatMap(usable);
		return { tasks: vouched ? tasks : undefined, content: withSources(named, theirs), sources: theirs };
	} catch (error) {
		signal.throwIfAborted();
		if (error instanceof ContentUnavailableError || error instanceof DagInvalidError || isUnreadable(error))
			return { tasks: undefined, content: named, sources: [] };
		throw error;
	}
}

/** What a cheat published instead of a statement is the cheat's failure. */
function isUnreadable(error: unknown): boolean {
	return error instanceof Error && "code" in error && String(error.code).startsWith("statement");
}

function usable(source: string): string[] {
	try {
		return [normaliseSource(source)];
	} catch (error) {
		if (error instanceof UriInvalidError) return [];
		throw error;
	}
}
