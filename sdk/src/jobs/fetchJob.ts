import { existsSync } from "node:fs";
import { join } from "node:path";
import { taskRange } from "../chain/terms.ts";
import type { ContentClient } from "../storage/client.ts";
import { exportTo } from "../storage/export.ts";
import { importPath } from "../storage/importPath.ts";
import { fetchContent } from "./fetchContent.ts";
import type { JobContent, JobFacts, OutputsRead } from "./verify.ts";

export type FetchJobOptions = {
	/** Where the outputs are, or will be written when nothing is there. */
	folder: string;
	signal?: AbortSignal | undefined;
};

/**
 * Fetches what a job's CIDs lead to, for `verifyJob`, its outputs into a folder.
 *
 * @throws only the signal's reason, or a programming error.
 */
export function fetchJobContent(
	client: ContentClient,
	facts: JobFacts,
	{ folder, signal }: FetchJobOptions,
): Promise<JobContent> {
	return fetchContent(client, facts, {
		signal,
		async readOutputs(content, root, limits) {
			if (!existsSync(folder)) await exportTo(content, root, folder, { limits, signal });
			return readOutputs(folder, facts);
		},
	});
}

/**
 * Hashes outputs that lie in a folder: as a whole, and each task's by itself.
 *
 * @throws {ImportRefusedError} when something in the folder is no output.
 */
export async function readOutputs(
	folder: string,
	{ order, job }: Pick<JobFacts, "order" | "job">,
): Promise<OutputsRead> {
	const whole = await importPath(folder);
	const { from, to } = taskRange(order, job);
	const cid = whole.root.toString();
	if (order.tasksPerLot === 1) return { cid, tasks: [{ index: from, cid, files: whole.files }] };
	const tasks: OutputsRead["tasks"] = [];
	for (let index = from; index < to; index++) {
		const own = join(folder, `${index}`);
		if (!existsSync(own)) continue;
		const { root, files } = await importPath(own);
		tasks.push({ index, cid: root.toString(), files });
	}
	return { cid, tasks };
}
