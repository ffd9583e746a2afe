import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { SetupFailure } from "../setup/failure.js";

const PROGRAM = join(resolve(import.meta.dirname, "../.."), "sdk/bin/depin.js");

export interface CliOptions {
	profilePath: string;
	cwd: string;
	/** Gets each line the command says while it works. */
	say: (line: string) => void;
	signal: AbortSignal;
	timeoutMs: number;
}

export interface CliAnswer {
	code: number;
	/** The one object that `--json` prints. */
	answer: Record<string, unknown>;
}

/** Runs `depin … --json`, the same command a person types. */
export async function depin(
	args: string[],
	{ profilePath, cwd, say, signal, timeoutMs }: CliOptions,
): Promise<CliAnswer> {
	const all = [PROGRAM, ...args, "--json", "--profile", profilePath];
	const child = spawn(process.execPath, all, { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
	const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
	const stop = () => child.kill("SIGTERM");
	limit.addEventListener("abort", stop, { once: true });
	createInterface({ input: child.stderr }).on("line", say);
	const parts: Buffer[] = [];
	child.stdout.on("data", (part: Buffer) => parts.push(part));
	const code = await new Promise<number>((settle, reject) => {
		child.once("error", reject).once("close", (status) => settle(status ?? 1));
	});
	limit.removeEventListener("abort", stop);
	signal.throwIfAborted();
	if (limit.aborted) {
		throw new SetupFailure(
			`\`depin ${args[0]}\` did not end within ${timeoutMs / 1000} s`,
			"is the machine busy? run again",
		);
	}
	const last = Buffer.concat(parts).toString().trimEnd().split("\n").at(-1) ?? "";
	return { code, answer: last.startsWith("{") ? JSON.parse(last) : {} };
}
