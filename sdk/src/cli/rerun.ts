import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Hex, isHex } from "viem";
import { z } from "zod";
import { type Bundle, specOfTask } from "../jobs/manifest.ts";
import type { StatementTask } from "../jobs/statementSchema.ts";
import { RerunFailedError } from "./errors.ts";

const reportSchema = z.object({
	outputsCid: z.string(),
	outputDigest: z.custom<Hex>((value) => isHex(value)),
	exitCode: z.int(),
	status: z.int(),
	reason: z.string(),
	detail: z.string().optional(),
});

/** One task run again here, beside what its node reported. */
export type Rerun = {
	index: number;
	/** Same outputs to the byte, same status, same exit code. */
	identical: boolean;
	outputsCid: string;
	reportedCid: string;
	exitCode: number;
	reason: string;
	detail: string | null;
	/** Where the outputs of the second run are; null when they were not kept. */
	path: string | null;
};

export type RerunParameters = {
	bundle: Pick<Bundle, "manifest">;
	task: StatementTask;
	/** Gateways that have image and inputs. */
	sources: readonly string[];
	/** Gets `outputs/` and `log.txt`; made. */
	out: string;
	onOutput: (line: string) => void;
	signal: AbortSignal;
};

/** Runs a task again on this machine's container engine, under the very limits a node runs it under. */
export async function rerunTask(parameters: RerunParameters): Promise<Rerun> {
	const { bundle, task, sources, out, onOutput, signal } = parameters;
	const folder = await mkdtemp(join(tmpdir(), "depin-rerun-"));
	try {
		const spec = join(folder, "spec.json");
		await writeFile(spec, JSON.stringify(specOfTask(bundle.manifest, task.index)));
		const args = ["rerun", "--spec", spec, "--index", String(task.index), "--out", out, "--json"];
		const printed = await runWorker([...args, ...sources.flatMap((url) => ["--source", url])], onOutput, signal);
		const report = reportSchema.parse(JSON.parse(printed));
		return {
			index: task.index,
			identical:
				report.outputDigest === task.outputDigest && report.status === task.status && report.exitCode === task.exitCode,
			outputsCid: report.outputsCid,
			reportedCid: task.outputsCid,
			exitCode: report.exitCode,
			reason: report.reason,
			detail: report.detail ?? null,
			path: join(out, "outputs"),
		};
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function runWorker(args: string[], onOutput: (line: string) => void, signal: AbortSignal): Promise<string> {
	const child = spawn(workerCommand(), args, { stdio: ["ignore", "pipe", "pipe"] });
	const stop = () => child.kill("SIGTERM");
	signal.addEventListener("abort", stop, { once: true });
	let printed = "";
	let said = "";
	child.stdout.on("data", (chunk: Buffer) => {
		printed += chunk;
	});
	child.stderr.on("data", (chunk: Buffer) => {
		said += chunk;
		for (const line of String(chunk).split("\n")) if (line.trim() !== "") onOutput(line);
	});
	try {
		const code = await new Promise<number | null>((done, failed) => {
			child.once("error", (cause) => failed(new RerunFailedError("depin-worker cannot be started", cause)));
			child.once("close", done);
		});
		if (code !== 0) throw new RerunFailedError(said.trim().split("\n").at(-1) ?? `depin-worker ended with ${code}`);
		return printed;
	} finally {
		signal.removeEventListener("abort", stop);
	}
}

/** The worker installed beside us, else the one on the PATH. */
function workerCommand(): string {
	for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
		const candidate = join(folder, "node_modules/.bin/depin-worker");
		if (existsSync(candidate)) return candidate;
	}
	return "depin-worker";
}
