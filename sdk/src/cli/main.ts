import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { CommanderError } from "commander";
import type { CommandModule } from "./commandModule.ts";
import { commands } from "./commands/index.ts";
import type { CommonOptions, Context } from "./context.ts";
import { InterruptedError, UsageError } from "./errors.ts";
import { type ExitCode, exitCode, exitCodeOf } from "./exit.ts";
import { createOutput } from "./output.ts";
import { buildProgram } from "./program.ts";
import { askSecret, askYesNo } from "./prompt.ts";

/** The parts of the process a command may touch. */
export type Io = {
	argv: readonly string[];
	env: Readonly<Record<string, string | undefined>>;
	cwd: string;
	stdin: Readable & { isTTY?: boolean };
	stdout: Writable & { isTTY?: boolean };
	stderr: Writable & { isTTY?: boolean };
	/** Aborts on Ctrl-C and SIGTERM. */
	signal: AbortSignal;
};

const INTERRUPT_GRACE_MS = 1_000;

/** Runs one command line; returns what the process should end with. */
export async function runCli(io: Io): Promise<ExitCode> {
	const program = buildProgram(commands, { version: version(), run: (...call) => runCommand(io, ...call) });
	try {
		await program.parseAsync([...io.argv], { from: "user" });
		return exitCode.ok;
	} catch (error) {
		if (error instanceof ReportedError) return exitCodeOf(error.cause);
		if (!(error instanceof CommanderError)) throw error;
		if (error.exitCode === 0) return exitCode.ok;
		// Without a command commander has printed the help; there is nothing to add.
		if (error.code !== "commander.help") reportUsage(io, error);
		return exitCode.usage;
	}
}

/** A command failed and the person was told; only the exit code is left to do. */
class ReportedError extends Error {}

function reportUsage(io: Io, error: CommanderError): void {
	const out = createOutput(io, { json: io.argv.includes("--json"), quiet: false, color: hasColor(io, {}) });
	const hint = "`depin <command> --help` shows how it is used.";
	out.failure(new UsageError(error.message.replace(/^error: /, ""), { hint, cause: error }));
}

async function runCommand(
	io: Io,
	module: CommandModule<never>,
	args: readonly string[],
	options: CommonOptions,
): Promise<void> {
	const { json = false, quiet = false } = options;
	const out = createOutput(io, { json, quiet, color: hasColor(io, options) });
	const isAsked = io.stdin.isTTY && io.stderr.isTTY;
	const context: Context = {
		options,
		out,
		env: io.env,
		cwd: io.cwd,
		signal: io.signal,
		ask: isAsked && !json ? (question) => askYesNo(io, question) : undefined,
		askSecret: isAsked ? (question) => askSecret(io, question) : undefined,
		stdin: io.stdin.isTTY ? undefined : () => piped(io.stdin),
	};
	// The command hears of the signal too and can say more; what does not listen in time is left.
	const interrupted = new Promise<never>((_, reject) => {
		const stop = () => setTimeout(() => reject(new InterruptedError()), INTERRUPT_GRACE_MS);
		io.signal.addEventListener("abort", stop, { once: true });
	});
	try {
		await Promise.race([module.run(context, args, options as never), interrupted]);
	} catch (error) {
		out.failure(error);
		throw new ReportedError("reported", { cause: error });
	}
}

function hasColor({ env, stdout, stderr }: Io, { color, json }: CommonOptions): boolean {
	return color !== false && !json && !env.NO_COLOR && env.TERM !== "dumb" && !!stdout.isTTY && !!stderr.isTTY;
}

async function piped(stdin: Io["stdin"]): Promise<string> {
	const parts: string[] = [];
	for await (const part of stdin) parts.push(String(part));
	return parts.join("");
}

function version(): string {
	const manifest: { version: string } = JSON.parse(
		readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
	);
	return manifest.version;
}
