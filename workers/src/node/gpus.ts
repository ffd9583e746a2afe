import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { OperatorError } from "../runtime/errors.ts";

const run = promisify(execFile);

/** UUIDs of the first `count` NVIDIA GPUs, in the driver's order. Containers get cards by these, never by count. */
export async function gpuUuids(count: number): Promise<string[]> {
	if (count === 0) return [];
	const listed = await run("nvidia-smi", ["--query-gpu=uuid", "--format=csv,noheader"], { timeout: 20_000 }).catch(
		(cause: unknown) => {
			throw new OperatorError(
				"gpu-unreadable",
				`capacity.gpus is ${count}, but nvidia-smi does not answer; install the driver or set 0`,
				{
					cause,
				},
			);
		},
	);
	const uuids = listed.stdout
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line.startsWith("GPU-"));
	if (uuids.length < count) {
		throw new OperatorError(
			"gpu-missing",
			`capacity.gpus is ${count}, but this machine shows ${uuids.length}; lower it`,
		);
	}
	return uuids.slice(0, count);
}
