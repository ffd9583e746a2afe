import type { CommandModule } from "../commandModule.ts";
import { completionScript, isShell, SHELLS } from "../completionScript.ts";
import { UsageError } from "../errors.ts";

export const completion: CommandModule = {
	usage: "completion <shell>",
	summary: "a script that completes commands and options in bash, zsh or fish",
	examples: [
		"depin completion bash > ~/.local/share/bash-completion/completions/depin",
		'depin completion zsh > "$' + '{fpath[1]}/_depin"',
		"depin completion fish > ~/.config/fish/completions/depin.fish",
	],
	run: async ({ out }, [shell = ""]) => {
		if (!isShell(shell)) throw new UsageError(`"${shell}" is not one of ${SHELLS.join(", ")}`);
		// Only now: this command is in that list itself.
		const { commands } = await import("./index.ts");
		const script = completionScript(shell, commands);
		out.answer({ shell, script }, [script]);
	},
};
