import { Command, InvalidArgumentError, Option } from "commander";
import type { CommandModule } from "./commandModule.ts";
import type { CommonOptions } from "./context.ts";

/** A command of any options of its own; each is run with what it declared, which only commander knows. */
type AnyCommand = CommandModule<never>;
export type Run = (module: AnyCommand, args: readonly string[], options: CommonOptions) => Promise<void>;

export type CommandTree = readonly (AnyCommand | { group: string; summary: string; commands: readonly AnyCommand[] })[];

/** The commander program of a tree of commands. Parsing problems are thrown as CommanderError. */
export function buildProgram(tree: CommandTree, { version, run }: { version: string; run: Run }): Command {
	const program = base(new Command("depin"))
		.description("Post container jobs to the depin market, check their results, and pay for what checks out.")
		.version(version, "-V, --version", "print the version")
		.addHelpText(
			"after",
			"\nExample:\n  $ depin run examples/digits/job.yaml --wait\n\nExit codes: 0 ok, 1 failure, 2 usage, 3 not found, 4 auth, 5 insufficient funds, 6 timeout, 7 job failed, 130 interrupted.",
		);
	for (const entry of tree) {
		if (!("group" in entry)) {
			program.addCommand(leaf(entry, run));
			continue;
		}
		const group = base(new Command(entry.group)).description(entry.summary);
		for (const module of entry.commands) group.addCommand(leaf(module, run));
		program.addCommand(group);
	}
	return program;
}

function leaf(module: AnyCommand, run: Run): Command {
	const [name = "", ...args] = module.usage.split(" ");
	const command = base(new Command(name)).description(module.summary);
	for (const argument of args) command.argument(argument);
	for (const [flags, description, parse] of module.options ?? []) {
		if (parse) command.option(flags, description, parse);
		else command.option(flags, description);
	}
	if (module.writes) {
		command.option("-y, --yes", "sign without asking");
		command.option("--dry-run", "say what would be done, and do nothing that costs or lasts");
	}
	if (module.waits) {
		command.addOption(new Option("--timeout <seconds>", "stop waiting after so long").argParser(seconds));
	}
	command
		.option("--profile <name|file>", "which Market and key to use (default: the nearest .depin/profiles/devnet.json)")
		.option("--json", "print one JSON object on stdout; progress stays on stderr")
		.option("-q, --quiet", "no progress on stderr")
		.option("--no-color", "no colours (also: NO_COLOR)")
		.addHelpText("after", `\nExample:\n${module.examples.map((line) => `  $ ${line}`).join("\n")}`);
	return command.action((...given) => run(module, command.args, given.at(-2)));
}

function base(command: Command): Command {
	return command
		.exitOverride()
		.configureOutput({ outputError: () => {} })
		.showSuggestionAfterError();
}

function seconds(text: string): number {
	const value = Number(text);
	if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("not a number of seconds above 0");
	return value;
}
