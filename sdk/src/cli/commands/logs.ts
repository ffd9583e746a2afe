import { formatJobRef, parseJobRef } from "../../chain/jobRef.ts";
import { readFile } from "../../storage/fetch.ts";
import type { CommandModule } from "../commandModule.ts";
import { UsageError } from "../errors.ts";
import { readEvidence } from "../evidence.ts";
import { followJobLogs } from "../liveLogs.ts";
import { untrusted } from "../output.ts";
import { openSession } from "../session.ts";

/** A node keeps at most 10 MiB of a container's output. */
const MAX_LOG_BYTES = 16 * 1024 * 1024;

type Options = { task?: string; follow?: boolean; channel?: string };

export const logs: CommandModule<Options> = {
	usage: "logs <job>",
	summary: "what a job's containers wrote to stdout and stderr; with --follow also while they run",
	examples: ["depin logs 0x5c…e1/0", "depin logs 0x5c…e1/0 --follow", "depin logs 0x5c…e1/3 --task 12"],
	options: [
		["--task <index>", "only this task of a lot (its index in the whole order)"],
		["-f, --follow", "stay while the job runs; with --json, an object for each piece"],
		["--channel <url>", "with --follow: where the node is reached, instead of asking the indexer"],
	],
	run: async (context, [text = ""], { task: wanted, follow, channel }) => {
		const session = await openSession(context);
		const ref = parseJobRef(text);
		const task = wanted === undefined ? undefined : Number(wanted);
		if (follow && (await followJobLogs(context, session, ref, { task, channel })) > 0) return;
		const { statement, content } = await readEvidence(session, ref, context.signal);
		const all = statement.predicate.runDetails.depin.tasks;
		const tasks = all.filter(({ index }) => wanted === undefined || String(index) === wanted);
		if (tasks.length === 0) {
			throw new UsageError(`job ${formatJobRef(ref)} ran no task ${wanted}`, {
				hint: `It ran ${all.map(({ index }) => index).join(", ")}.`,
			});
		}
		const read = await Promise.all(
			tasks.map(async ({ index, reason, exitCode, logsCid, logsTruncated }) => {
				const options = { maxBytes: MAX_LOG_BYTES, signal: context.signal };
				const bytes = logsCid ? await readFile(content, logsCid, options) : new Uint8Array();
				return {
					index,
					reason,
					exitCode,
					logsCid: logsCid ?? null,
					logsTruncated,
					text: new TextDecoder().decode(bytes),
				};
			}),
		);
		context.out.answer(
			{ job: formatJobRef(ref), tasks: read },
			read.flatMap((task) => [
				...(read.length > 1 ? [`--- task ${task.index}: ${task.reason}, exit code ${task.exitCode}`] : []),
				...(task.logsTruncated ? ["--- earlier lines were dropped: the output was too long"] : []),
				...(task.text === "" ? [] : [untrusted(task.text.replace(/\n$/, ""))]),
			]),
		);
	},
};
