import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildOnce } from "./setup/buildOnce.ts";

const ROOT = resolve(import.meta.dirname, "..");

/**
 * Builds the contracts when their sources, the compiler's settings or the packages changed since the last build.
 * @param say gets a line when there is something to build
 */
export function ensureContracts(say: (line: string) => void): Promise<void> {
	const exclude = (path: string) => path === "test" || path.includes("/test");
	const sources = globSync("contracts/**/*.sol", { cwd: ROOT, exclude }).sort();
	const plan = {
		name: "contracts",
		sources: [...sources, "hardhat.config.ts", "package-lock.json"],
		product: ".depin/hardhat/artifacts/contracts/Market.sol/Market.json",
		command: [join(ROOT, "node_modules/hardhat/dist/src/cli.js"), "build", "--no-tests"],
		cwd: ROOT,
	};
	return buildOnce(plan, say);
}
