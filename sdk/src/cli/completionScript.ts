import type { CommandTree } from "./program.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export const isShell = (text: string): text is Shell => (SHELLS as readonly string[]).includes(text);

/** A word of the command line, and what may follow it. */
type Word = { path: string; summary: string; next: { word: string; summary: string }[] };

const COMMON = [
	{ word: "--profile", summary: "which Market and key to use" },
	{ word: "--json", summary: "print one JSON object" },
	{ word: "--quiet", summary: "no progress" },
	{ word: "--no-color", summary: "no colours" },
	{ word: "--help", summary: "how it is used" },
];

/** What the shell sources; made from the same list as `--help`. */
export function completionScript(shell: Shell, tree: CommandTree): string {
	const words = wordsOf(tree);
	if (shell === "fish") return fish(words);
	const script = bash(words);
	return shell === "bash" ? script : `#compdef depin\nautoload -U +X bashcompinit && bashcompinit\n${script}`;
}

function wordsOf(tree: CommandTree): Word[] {
	const top: Word = { path: "", summary: "", next: [] };
	const words = [top];
	for (const entry of tree) {
		const group = "group" in entry ? entry.group : undefined;
		const modules = "group" in entry ? entry.commands : [entry];
		const names = modules.map(({ usage, summary }) => ({ word: usage.split(" ")[0] ?? "", summary }));
		if (group !== undefined) words.push({ path: group, summary: entry.summary, next: names });
		top.next.push(...(group === undefined ? names : [{ word: group, summary: entry.summary }]));
		for (const module of modules) {
			const own = (module.options ?? []).map(([flags, summary]) => ({ word: longOf(flags), summary }));
			const writes = module.writes ? ["--yes", "--dry-run"] : [];
			const waits = module.waits ? ["--timeout"] : [];
			const shared = [...writes, ...waits].map((word) => ({ word, summary: "" }));
			const name = module.usage.split(" ")[0] ?? "";
			const path = group === undefined ? name : `${group} ${name}`;
			words.push({ path, summary: module.summary, next: [...own, ...shared, ...COMMON] });
		}
	}
	return words;
}

const longOf = (flags: string): string => /--[\w-]+/.exec(flags)?.[0] ?? "";

function bash(words: readonly Word[]): string {
	const cases = words
		.filter(({ path }) => path !== "")
		// The longer one first: "provider stake" begins with "provider".
		.sort((a, b) => b.path.length - a.path.length)
		.map(({ path, next }) => `\t\t"${path} "*) words="${next.map(({ word }) => word).join(" ")}" ;;`);
	return [
		"_depin() {",
		'\tlocal words line="$' + '{COMP_WORDS[*]:1:COMP_CWORD-1} "',
		'\tcase "$line" in',
		...cases,
		`\t\t*) words="${words[0]?.next.map(({ word }) => word).join(" ")} --help --version" ;;`,
		"\tesac",
		'\tmapfile -t COMPREPLY < <(compgen -W "$words" -- "$' + '{COMP_WORDS[COMP_CWORD]}")',
		"}",
		// Paths too: job files, folders, keys.
		"complete -o default -F _depin depin",
	].join("\n");
}

function fish(words: readonly Word[]): string {
	const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
	return words
		.flatMap(({ path, next }) => {
			const seen = path.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`);
			const when = path === "" ? "__fish_use_subcommand" : seen.join("; and ");
			return next.map(({ word, summary }) => {
				const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-f -a ${word}`;
				return `complete -c depin -n ${quoted(when)} ${what}${summary ? ` -d ${quoted(summary)}` : ""}`;
			});
		})
		.join("\n");
}
