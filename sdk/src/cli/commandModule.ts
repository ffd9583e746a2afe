import type { Context } from "./context.ts";

/** Turns an option's text into its value; `before` is what the same option gave earlier on the line. */
export type OptionParser = (text: string, before: unknown) => unknown;

/** One command of `depin`; the file that exports it does nothing else. */
export type CommandModule<Options = Record<never, never>> = {
	/** "status <job>": name and arguments, as commander writes them. */
	usage: string;
	summary: string;
	/** What a person would type; shown by `--help`. */
	examples: readonly string[];
	options?: readonly (readonly [flags: string, description: string, parse?: OptionParser])[];
	/** Adds `--yes` and `--dry-run`. */
	writes?: boolean;
	/** Adds `--timeout`. */
	waits?: boolean;
	run: (context: Context, args: readonly string[], options: Options) => Promise<void>;
};
