import { taskRange } from "../chain/terms.ts";
import type { ContentClient } from "../storage/client.ts";
import { readFiles } from "../storage/readFiles.ts";
import { importEntries, type MemoryEntry } from "../storage/unixfs.ts";
import { fetchContent } from "./fetchContent.ts";
import type { JobContent, JobFacts, OutputsRead } from "./verify.ts";

/** What a page holds without trouble. */
const MAX_BYTES = 256 * 1024 * 1024;

export type JobInMemory = { content: JobContent; files: readonly MemoryEntry[] };

/**
 * The same as `fetchJobContent` where there is no disk: the outputs are held in memory, at most 256 MiB of them.
 *
 * @throws only the signal's reason, or a programming error.
 */
export async function fetchJobToMemory(
	client: ContentClient,
	facts: JobFacts,
	{ signal }: { signal?: AbortSignal | undefined } = {},
): Promise<JobInMemory> {
	let files: readonly MemoryEntry[] = [];
	const content = await fetchContent(client, facts, {
		signal,
		async readOutputs(from, root, { maxBytes = MAX_BYTES, ...limits }) {
			const bounded = { ...limits, maxBytes: Math.min(maxBytes, MAX_BYTES) };
			files = await readFiles(from, root, { limits: bounded, signal });
			return hashAgain(files, facts);
		},
	});
	return { content, files };
}

async function hashAgain(
	entries: readonly MemoryEntry[],
	{ order, job }: Pick<JobFacts, "order" | "job">,
): Promise<OutputsRead> {
	const whole = await importEntries(entries);
	const cid = whole.root.toString();
	const { from, to } = taskRange(order, job);
	if (order.tasksPerLot === 1) return { cid, tasks: [{ index: from, cid, files: whole.files }] };
	const tasks: OutputsRead["tasks"] = [];
	for (let index = from; index < to; index++) {
		const prefix = `${index}/`;
		if (!entries.some(({ path }) => path === `${index}` || path.startsWith(prefix))) continue;
		const own = entries.flatMap(({ path, ...entry }) =>
			path.startsWith(prefix) ? [{ ...entry, path: path.slice(prefix.length) }] : [],
		);
		const { root, files } = await importEntries(own);
		tasks.push({ index, cid: root.toString(), files });
	}
	return { cid, tasks };
}
