import type { Output } from "./output.ts";

/** Options that every command has. */
export type CommonOptions = {
	profile?: string;
	json?: boolean;
	quiet?: boolean;
	color?: boolean;
	yes?: boolean;
	dryRun?: boolean;
	wait?: boolean;
	/** Seconds. */
	timeout?: number;
};

/** What a command gets instead of globals. */
export type Context = {
	options: CommonOptions;
	out: Output;
	env: Readonly<Record<string, string | undefined>>;
	cwd: string;
	/** Aborts on Ctrl-C and SIGTERM. */
	signal: AbortSignal;
	/** Asks a person yes or no; undefined when nobody can answer. */
	ask: ((question: string) => Promise<boolean>) | undefined;
	/** Asks for what must not be shown; undefined when nobody can answer. */
	askSecret: ((question: string) => Promise<string>) | undefined;
	/** All that is piped in; undefined at a terminal. */
	stdin: (() => Promise<string>) | undefined;
};
