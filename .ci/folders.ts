// Top-level folders are fixed, and no folder may be a drawer for what found no place.
import { execFileSync } from "node:child_process";

const TOP = new Set([
	...["contracts", "indexer", "workers", "sdk", "frontend", "deploy", "docs", "examples", ".ci", ".github"],
	...["hardhat.config.ts", "package.json", "package-lock.json", "tsconfig.json", "biome.json", "knip.json"],
	...["README.md", "LICENSE", "CHANGELOG.md"],
]);
const DRAWERS = /(^|\/)(utils?|common|helpers?|shared)\//;

const files = execFileSync("git", ["ls-files"], { encoding: "utf8" }).split("\n").filter(Boolean);
const misplaced = files.filter((path) => {
	const [top = ""] = path.split("/");
	return !TOP.has(top) && !(top.startsWith(".") && !path.includes("/"));
});
const drawers = files.filter((path) => DRAWERS.test(path));
for (const path of misplaced)
	console.error(`${path}: nothing but ${[...TOP].join(" ")} and dot files stands at the top`);
for (const path of drawers) console.error(`${path}: name the folder by what it is about`);
if (misplaced.length + drawers.length > 0) process.exitCode = 1;
