import { stripVTControlCharacters, styleText } from "node:util";
import { DepinError, shortMessageOf } from "../errors/base.ts";

/** The two streams of a command: answers on stdout, everything else on stderr. */
export type Streams = {
	stdout: { write: (text: string) => unknown };
	stderr: { write: (text: string) => unknown; isTTY?: boolean };
};

export type OutputOptions = { json: boolean; quiet: boolean; color: boolean };

/** A value `--json` prints: bigint becomes a decimal string. */
export type Json =
	| string
	| number
	| boolean
	| null
	| bigint
	| undefined
	| readonly Json[]
	| { readonly [k: string]: Json };

type Style = Parameters<typeof styleText>[0];

/** How a command speaks. In JSON mode stdout gets exactly one JSON object. */
export type Output = OutputOptions & {
	/** What happens now, for a person who watches; stderr, silent with `--quiet`. */
	progress: (line: string) => void;
	/** Something a person must read even with `--quiet`; stderr. */
	warn: (line: string) => void;
	/** The answer: one object for programs, lines for people. */
	answer: (value: { readonly [k: string]: Json }, lines: readonly string[]) => void;
	/** The one way a failure is shown. */
	failure: (error: unknown) => void;
	paint: (style: Style, text: string) => string;
};

export function createOutput({ stdout, stderr }: Streams, options: OutputOptions): Output {
	const { json, quiet, color } = options;
	let answered = false;
	const paint = (style: Style, text: string) => (color ? styleText(style, text, { validateStream: false }) : text);
	const line = (text: string) => stderr.write(`${printable(text)}\n`);
	return {
		...options,
		paint,
		progress: (text) => {
			if (!quiet) line(paint("dim", text));
		},
		warn: (text) => void line(`${paint("yellow", "warning:")} ${text}`),
		answer: (value, lines) => {
			answered = true;
			if (json) stdout.write(`${JSON.stringify(value, plain)}\n`);
			else stdout.write(lines.map((text) => `${printable(text)}\n`).join(""));
		},
		failure: (error) => {
			const described = describe(error);
			line(`${paint("red", "error:")} ${described.message}`);
			for (const text of described.meta) line(`  ${text}`);
			if (described.hint) line(described.hint);
			// A command may answer and still end badly (a check that failed): its answer is the one object then.
			if (json && !answered) stdout.write(`${JSON.stringify({ error: described }, plain)}\n`);
		},
	};
}

/** An error as people and programs get it: no stack unless it is a defect of ours. */
function describe(error: unknown) {
	if (error instanceof DepinError) {
		const { code, shortMessage: message, meta, hint, retriable } = error;
		return { code, message, meta, hint, retriable };
	}
	const stack = error instanceof Error ? (error.stack?.split("\n").slice(1) ?? []) : [];
	return {
		code: "unexpected",
		message: shortMessageOf(error),
		meta: stack.slice(0, 5).map((text) => text.trim()),
		hint: "This is a fault of the command itself; please report it with these lines.",
		retriable: false,
	};
}

function plain(_key: string, value: unknown): unknown {
	return typeof value === "bigint" ? value.toString() : value;
}

/** Text from others (a node's logs or names) cannot move the cursor or change colours; our own colours stay. */
function printable(text: string): string {
	return text.split("\n").map(withoutControls).join("\n");
}

function withoutControls(text: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point; ESC [ … m is our own colour.
	return text.replace(/\u001b(?!\[[\d;]*m)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g, "");
}

/** `text` with every terminal control removed, for what strangers wrote. */
export function untrusted(text: string): string {
	return withoutControls(stripVTControlCharacters(text));
}

/** Columns aligned to their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
	const widths: number[] = [];
	for (const row of rows) {
		row.forEach((cell, column) => {
			widths[column] = Math.max(widths[column] ?? 0, stripVTControlCharacters(cell).length);
		});
	}
	const pad = (cell: string, column: number) =>
		cell + " ".repeat((widths[column] ?? 0) - stripVTControlCharacters(cell).length);
	return rows.map((row) => row.map(pad).join("  ").trimEnd());
}
