// The process around the command: signals in, exit code out. Started by bin/depin.js.
import { InterruptedError } from "./errors.ts";
import { exitCode } from "./exit.ts";
import { runCli } from "./main.ts";

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
	process.on(signal, () => {
		// The second one means it.
		if (interrupt.signal.aborted) process.exit(exitCode.interrupted);
		interrupt.abort(new InterruptedError());
	});
}
// `depin ps | head` closes our stdout early; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const { env, stdin, stdout, stderr } = process;
const code = await runCli({
	argv: process.argv.slice(2),
	env,
	cwd: process.cwd(),
	stdin,
	stdout,
	stderr,
	signal: interrupt.signal,
});
// Open connections must not hold the process; what was written must still get out.
await Promise.all([stdout, stderr].map((stream) => new Promise<void>((done) => stream.write("", () => done()))));
process.exit(code);
