import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { zeroHash } from "viem";
import type { DraftOrderParameters } from "../chain/draft.ts";
import { type JobFile, parseJobFile } from "../jobs/jobFile.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";

/** The job file that a command was given, checked. */
export async function readJobFile({ cwd }: Context, path: string): Promise<JobFile> {
	const absolute = resolve(cwd, path);
	let text: string;
	try {
		text = await readFile(absolute, "utf8");
	} catch (cause) {
		throw new UsageError(`the job file ${absolute} cannot be read`, { cause, hint: "Name a YAML or JSON file." });
	}
	return parseJobFile(text, dirname(absolute));
}

/** As much work as the file describes, before its image and inputs have CIDs. */
export function standIn({ parameters, tasksPerLot, template }: JobFile): DraftOrderParameters["work"] {
	const lots = parameters.length / tasksPerLot;
	return { taskRoot: zeroHash, manifest: zeroHash, lots, tasksPerLot, timeout: template.timeout };
}
