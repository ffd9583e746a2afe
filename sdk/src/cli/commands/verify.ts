import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { formatJobRef, type JobRef, parseJobRef } from "../../chain/jobRef.ts";
import { importPath } from "../../storage/importPath.ts";
import { type CheckedJob, checkJob } from "../check.ts";
import type { CommandModule } from "../commandModule.ts";
import type { Context } from "../context.ts";
import { resultFolder } from "../download.ts";
import { ChecksFailedError } from "../errors.ts";
import { table } from "../output.ts";
import { type Rerun, rerunTask } from "../rerun.ts";
import { openSession } from "../session.ts";

type Options = { rerun?: boolean; out?: string };

export const verify: CommandModule<Options> = {
	usage: "verify <job>",
	summary: "check a job's result from the chain and CIDs alone; with --rerun also run it again here and compare",
	examples: ["depin verify 0x5c…e1/0", "depin verify 0x5c…e1/0 --rerun"],
	options: [
		["--rerun", "run every task again on this machine's container engine and compare the bytes"],
		["--out <folder>", "with --rerun: keep the second run's outputs there (default: a new temporary folder)"],
	],
	run: async (context, [text = ""], { rerun = false, out }) => {
		const session = await openSession(context);
		const ref = parseJobRef(text);
		const checked = await checkJob(session, ref, { signal: context.signal });
		const checks = [...checked.checks, ...(await localCopy(context, ref, checked))];
		const failed: string[] = checks.filter(({ ok }) => !ok).map(({ name }) => name);
		const reruns = rerun && failed.length === 0 ? await rerunAll(context, checked, out) : [];
		const exact = checked.bundle?.manifest.spec.match === "exact";
		for (const { index, identical } of reruns) if (!identical && exact) failed.push(`rerun of task ${index}`);
		const job = formatJobRef(ref);
		const mark = (ok: boolean) => (ok ? context.out.paint("green", "ok") : context.out.paint("red", "FAIL"));
		context.out.answer(
			{
				job,
				verified: failed.length === 0,
				status: checked.submission.result.status,
				reason: checked.reason,
				resultCid: checked.outputsCid,
				statementCid: checked.statementCid,
				checks,
				...(rerun ? { reruns } : {}),
			},
			[
				...table(checks.map(({ name, ok, detail }) => [mark(ok), name, detail])),
				...reruns.map((run) => rerunLine(run, exact, mark(run.identical))),
				failed.length === 0 ? `${job} checks out` : `${job} does NOT check out`,
			],
		);
		const changedHere = failed.every((name) => name === "local-copy");
		const hint = "The result itself is as it was; your copy of it was changed. Remove that folder and fetch it again.";
		if (failed.length > 0) throw new ChecksFailedError(job, failed, changedHere ? hint : undefined);
	},
};

/** The outputs fetched earlier, when they are where `fetch` and `run` put them: are they still what the chain names? */
async function localCopy({ cwd, signal }: Context, ref: JobRef, { outputsCid }: CheckedJob) {
	const folder = resultFolder(cwd, ref);
	if (!existsSync(folder)) return [];
	const found = (await importPath(folder, { signal })).root.toString();
	const ok = found === outputsCid;
	return [{ name: "local-copy", ok, detail: ok ? folder : `${folder} is ${found}, the chain has ${outputsCid}` }];
}

async function rerunAll(context: Context, checked: CheckedJob, out: string | undefined): Promise<Rerun[]> {
	const { bundle, content, statement, signal } = { ...checked, signal: context.signal };
	if (!bundle || !statement) return [];
	const base = out === undefined ? await mkdtemp(join(tmpdir(), "depin-rerun-")) : resolve(context.cwd, out);
	const reruns: Rerun[] = [];
	for (const task of statement.predicate.runDetails.depin.tasks) {
		context.out.progress(`running task ${task.index} again`);
		const sources = content.sources.map(({ url }) => url);
		const folder = join(base, String(task.index));
		const onOutput = (line: string) => context.out.progress(`  ${line}`);
		reruns.push(await rerunTask({ bundle, task, sources, out: folder, onOutput, signal }));
	}
	// Equal outputs are worth nothing twice; different ones are what one wants to look at.
	if (out !== undefined || reruns.some(({ identical }) => !identical)) return reruns;
	await rm(base, { recursive: true, force: true });
	return reruns.map((run) => ({ ...run, path: null }));
}

function rerunLine({ index, identical, path, reason, detail }: Rerun, exact: boolean, mark: string): string {
	const why = detail === null ? reason : `${reason}, ${detail}`;
	if (identical) return `${mark}  task ${index} run again: every byte the same (${why})`;
	const meaning = exact ? "" : "; the spec does not promise equal bytes, so this proves nothing by itself";
	return `${mark}  task ${index} run again: outputs differ (${why}), see ${path ?? "--out"}${meaning}`;
}
