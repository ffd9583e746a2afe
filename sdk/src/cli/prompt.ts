// Questions to the person at the terminal. Answers come on stdin; what is asked stands on stderr.
import { createInterface, type Interface } from "node:readline/promises";
import { Writable } from "node:stream";
import { InterruptedError } from "./errors.ts";
import type { Io } from "./main.ts";

type Terminal = Pick<Io, "stdin" | "stderr" | "signal">;

export async function askYesNo(terminal: Terminal, question: string): Promise<boolean> {
	const answer = await read(terminal, terminal.stderr, (lines, options) =>
		lines.question(`${question} [y/N] `, options),
	);
	return /^y(es)?$/i.test(answer.trim());
}

/** Shows nothing of what is typed. */
export async function askSecret(terminal: Terminal, question: string): Promise<string> {
	const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
	const answer = await read(terminal, silent, (lines, options) => {
		terminal.stderr.write(question);
		return lines.question("", options);
	});
	terminal.stderr.write("\n");
	return answer;
}

type Ask = (lines: Interface, options: { signal: AbortSignal }) => Promise<string>;

async function read({ stdin, signal }: Terminal, echo: NodeJS.WritableStream, ask: Ask): Promise<string> {
	// It reads key by key, so that the system shows nothing: from now on, and so before anybody is asked to type.
	const lines = createInterface({ input: stdin, output: echo, terminal: true });
	try {
		return await Promise.race([ask(lines, { signal }), left(lines)]);
	} finally {
		lines.close();
	}
}

/** Key by key, Ctrl-C and Ctrl-D are keys like any other: readline closes on them. */
function left(lines: Interface): Promise<never> {
	return new Promise((_, reject) => lines.once("close", () => reject(new InterruptedError())));
}
