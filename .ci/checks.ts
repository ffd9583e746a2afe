import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "..");

/** One thing that must hold of the sources: a command that exits 0 when it does. */
export interface Check {
	name: string;
	command: string[];
	/** The same command, mending what it can. */
	fix?: string[];
	/** Whether it reads the contracts' build. */
	needsBuild?: boolean;
}

const script = (path: string, ...args: string[]) => [process.execPath, join(ROOT, path), ...args];
const solidity = "contracts/**/*.sol";

const all: Check[] = [
	{
		name: "TypeScript style (biome)",
		command: ["biome", "check", "--error-on-warnings", "."],
		fix: ["biome", "check", "--write", "."],
	},
	{ name: "Solidity rules (solhint)", command: ["solhint", "--disc", "--max-warnings", "0", solidity] },
	{
		name: "Solidity format (prettier)",
		command: ["prettier", "--check", solidity],
		fix: ["prettier", "--write", solidity],
	},
	{ name: "types", command: ["tsc", "-p", "tsconfig.json"] },
	{ name: "types of the indexer", command: ["tsc", "-p", "indexer/tsconfig.json"] },
	{ name: "types of the web page", command: ["tsc", "-p", "frontend/tsconfig.json"] },
	{ name: "types of the browser tests", command: ["tsc", "-p", "deploy/web/tsconfig.json"] },
	{ name: "dead code (knip)", command: ["knip", "--no-progress"] },
	{ name: "folders", command: script(".ci/folders.ts") },
	{
		name: "generated files fresh",
		command: script("contracts/scripts/generate.ts", "--check"),
		fix: script("contracts/scripts/generate.ts"),
		needsBuild: true,
	},
	{ name: "contract sizes", command: script("contracts/scripts/sizes.ts"), needsBuild: true },
	{ name: "SPEC.md complete", command: script("contracts/scripts/spec.ts"), needsBuild: true },
	{ name: "storage layouts agree", command: script("contracts/scripts/layout.ts"), needsBuild: true },
	{ name: "test trees agree", command: script("contracts/scripts/trees.ts") },
];

/** The checks of this repository; one whose script is not written yet is no check. */
export const checks = all.filter(
	({ command: [program, path = ""] }) => program !== process.execPath || existsSync(path),
);
