import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { type JobSpec, parseSpec } from "depin/jobs";
import { OperatorError } from "../runtime/errors.ts";

type RerunOptions = { spec: string; index: number; source: string[]; out: string; socket?: string; json?: true };

const example = `
Example:
  depin-worker rerun --spec task-0.json --index 0 --source http://127.0.0.1:8180 --out ./again --json`;

/** `depin-worker rerun`. What runs containers is loaded only when it is asked for. */
export function rerunCommand(run: (work: () => Promise<number>) => Promise<void>): Command {
	return new Command("rerun")
		.description("run one task again under a node's limits, to check its result")
		.requiredOption("--spec <file>", "the task's resolved spec, JSON")
		.requiredOption("--index <n>", "the task's index in its order", toIndex)
		.requiredOption(
			"--source <url>",
			"gateway that has image and inputs; may be given again",
			(url, all: string[]) => [...all, url],
			[],
		)
		.requiredOption("--out <dir>", "folder for outputs/ and log.txt")
		.option("--socket <path>", "the container engine's socket (default: Docker's)")
		.option("--json", "print one JSON object")
		.addHelpText("after", example)
		.action((options: RerunOptions) => run(() => rerunAndPrint(options)));
}

/** Exit code 0 also for a task that failed: that it fails is what was asked. */
async function rerunAndPrint({ spec, index, source, out, socket, json }: RerunOptions): Promise<number> {
	const stop = new AbortController();
	for (const name of ["SIGINT", "SIGTERM"] as const)
		process.once(name, () => stop.abort(new DOMException(name, "AbortError")));
	const { rerun } = await import("./rerun.ts");
	const parameters = { index, sources: source, out: resolve(out), signal: stop.signal };
	const report = await rerun({ ...parameters, spec: await readSpec(spec), ...(socket && { socketPath: socket }) });
	if (json)
		console.log(JSON.stringify(report)); // an absent detail is left out
	else for (const [name, value] of Object.entries(report)) console.log(`${name.padEnd(13)} ${value ?? ""}`);
	return 0;
}

async function readSpec(file: string): Promise<JobSpec> {
	const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
		throw new OperatorError("spec-unreadable", `cannot read the spec ${file} (${cause.code})`, { cause });
	});
	try {
		return parseSpec(JSON.parse(text));
	} catch (cause) {
		if (!(cause instanceof SyntaxError)) throw cause;
		throw new OperatorError("spec-syntax", `${file} is not JSON: ${cause.message}`, { cause });
	}
}

function toIndex(text: string): number {
	const index = Number(text);
	if (!Number.isSafeInteger(index) || index < 0) throw new InvalidArgumentError("not a task index: 0, 1, 2, …");
	return index;
}
