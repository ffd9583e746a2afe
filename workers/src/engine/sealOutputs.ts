import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { askQuotaHelper } from "../quota/client.ts";
import { EngineError } from "./errors.ts";
import { type Quota, sbin, volumeName } from "./outputVolume.ts";

const run = promisify(execFile);

/** A runtime may close its files a moment after the engine says that the container ended. */
const ATTEMPTS = 16;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 500;

/**
 * Makes the outputs of a stopped container read-only, for the host and for whatever may still hold them: the kernel
 * refuses as long as anything has a file open for writing, so from here on nothing changes under whoever reads. Safe to
 * repeat. A plain directory has nothing to seal.
 *
 * @throws {EngineError} when something goes on writing
 */
export async function sealOutputs(dir: string, quota: Quota): Promise<void> {
	if (quota === "polled") return;
	for (let attempt = 1; ; attempt += 1) {
		try {
			return await (quota === "filesystem"
				? makeReadOnly(join(dir, "outputs"))
				: void (await askQuotaHelper(quota.helper, { op: "seal", name: volumeName(dir) })));
		} catch (error) {
			if (attempt < ATTEMPTS) await sleep(Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS));
			else throw stillWritten(dir, error);
		}
	}
}

/** Of a mounted volume, by root. */
export async function makeReadOnly(outputs: string): Promise<void> {
	await run("mount", ["-o", "remount,ro,nosuid,nodev,noexec,noatime", outputs], { env: sbin() });
}

function stillWritten(dir: string, cause: unknown): EngineError {
	const reason = cause instanceof Error ? cause.message.trim() : String(cause);
	return new EngineError(
		"quota-unavailable",
		`The outputs in ${dir} could not be made read-only after their container ended: ${reason}. They were not read; look for what still writes there (\`fuser -vm\`).`,
		cause,
	);
}
