import type { CID } from "multiformats/cid";
import { DepinError, shortMessageOf } from "../errors/base.ts";
import { cidOfDigest, DAG_PB, RAW } from "../storage/block.ts";
import { type ContentClient, withSources } from "../storage/client.ts";
import type { WalkLimits } from "../storage/dagWalk.ts";
import { fetchRaw, readFile } from "../storage/fetch.ts";
import { decodeUri } from "../storage/sources.ts";
import { importBytes } from "../storage/unixfs.ts";
import { openEnvelope } from "./envelope.ts";
import { parseManifest } from "./manifest.ts";
import type { Statement } from "./statementSchema.ts";
import type { Fetched, JobContent, JobFacts, OutputsRead } from "./verify.ts";

/** A node keeps at most this much of a task's log. */
const MAX_LOG_BYTES = 64 * 1024 * 1024;

/** Fetches a job's outputs, wherever they are put, and hashes them again. */
export type ReadOutputs = (content: ContentClient, root: CID, limits: Partial<WalkLimits>) => Promise<OutputsRead>;

/**
 * Fetches what a job's CIDs lead to. Sources: the client's own, then those that the order's uri and the statement name.
 * What cannot be fetched becomes a problem in its place, so that the checks can say so.
 *
 * @throws only the signal's reason, or a programming error.
 */
export async function fetchContent(
	client: ContentClient,
	facts: JobFacts,
	{ readOutputs, signal }: { readOutputs: ReadOutputs; signal?: AbortSignal | undefined },
): Promise<JobContent> {
	const named = withSources(client, uriSources(facts.uri));
	const { outputsDigest, statementHash } = facts.submitted.result;
	const manifest = await attempt(
		async () => (await fetchRaw(named, cidOfDigest(RAW, facts.order.manifest), { signal })).bytes,
		signal,
	);
	const statement = await attempt(
		async () => (await fetchRaw(named, cidOfDigest(RAW, statementHash), { signal })).bytes,
		signal,
	);
	const stated = await attempt(async () => (await openEnvelope(present(statement))).statement, signal);
	const content = "value" in stated ? withSources(named, stated.value.predicate.runDetails.depin.sources) : named;
	const outputs = await attempt(async () => {
		return readOutputs(content, cidOfDigest(DAG_PB, outputsDigest), outputLimits(facts, manifest));
	}, signal);
	const logs = await attempt(() => fetchLogs(content, present(stated), signal), signal);
	return { manifest, statement, outputs, logs };
}

async function fetchLogs(
	content: ContentClient,
	statement: Statement,
	signal: AbortSignal | undefined,
): Promise<ReadonlyMap<number, string>> {
	const logs = new Map<number, string>();
	for (const { index, logsCid } of statement.predicate.runDetails.depin.tasks) {
		if (logsCid === undefined) continue;
		const bytes = await readFile(content, logsCid, { maxBytes: MAX_LOG_BYTES, signal });
		logs.set(index, (await importBytes(bytes)).root.toString());
	}
	return logs;
}

/** No node may make a verifier take more than the spec allowed its containers to write; folders count beside files. */
function outputLimits({ order }: JobFacts, manifest: Fetched<Uint8Array>) {
	const { maxBytes, maxFiles } = parseManifest(present(manifest)).manifest.spec.outputs;
	return { maxBytes: maxBytes * order.tasksPerLot, maxEntries: (2 * maxFiles + 1) * order.tasksPerLot + 1 };
}

function uriSources(uri: string): string[] {
	try {
		return decodeUri(uri).sources;
	} catch (error) {
		if (error instanceof DepinError) return []; // the check "manifest" says so
		throw error;
	}
}

async function attempt<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<Fetched<T>> {
	try {
		return { value: await work() };
	} catch (error) {
		signal?.throwIfAborted();
		if (!(error instanceof DepinError)) throw error;
		return { problem: shortMessageOf(error) };
	}
}

function present<T>(fetched: Fetched<T>): T {
	if ("value" in fetched) return fetched.value;
	throw new DepinError(fetched.problem);
}
