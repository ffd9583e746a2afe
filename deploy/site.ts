import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { buildOnce } from "./setup/buildOnce.ts";

const ROOT = resolve(import.meta.dirname, "..");
const FRONTEND = join(ROOT, "frontend");

/** Where the built page lies: static files, to which whoever serves them adds a config.json. */
export const SITE = join(ROOT, ".depin/site");

/**
 * Builds the web page when its sources, the sdk's or the packages changed since the last build.
 * @param say gets a line when there is something to build
 */
export function ensureSite(say: (line: string) => void): Promise<void> {
	const exclude = (path: string) => /\.(test|fixture)\.ts$|node_modules/.test(path);
	const patterns = ["frontend/{src,public}/**/*.*", "frontend/*.*", "sdk/src/**/*.ts", "sdk/package.json"];
	const sources = globSync(patterns, { cwd: ROOT, exclude });
	// Where npm put the frontend's own Vite depends on what else is installed.
	const vite = dirname(createRequire(join(FRONTEND, "package.json")).resolve("vite/package.json"));
	const plan = {
		name: "site",
		sources: [...sources, "package-lock.json"],
		product: ".depin/site/index.html",
		command: [join(vite, "bin/vite.js"), "build", "--logLevel", "warn"],
		cwd: FRONTEND,
	};
	return buildOnce(plan, say);
}
