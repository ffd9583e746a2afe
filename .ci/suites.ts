import { globSync } from "node:fs";
import { resolve } from "node:path";
import type { Server } from "../deploy/setup/servers.ts";

export const ROOT = resolve(import.meta.dirname, "..");

/** Tests that are run and asked for together. */
export interface Suite {
	name: string;
	/** Test files of `node:test`, relative to the repository. */
	files: string[];
	/** Whether Hardhat's Solidity tests belong to it. */
	solidity?: boolean;
	/** Whether it runs real containers. */
	needsEngine?: boolean;
	/** Servers that some of its tests run for themselves; without them those are skipped. */
	servers?: Server[];
	/** Prints every test by name, not only every file: for the paths a reader wants to see named. */
	byName?: boolean;
	/** Shows what its files print: a table for the reader. */
	prints?: boolean;
	/** How many files at once; 1 where they share a port, an engine's memory or a processor's patience. */
	atOnce: number;
}

const find = (...patterns: string[]) =>
	patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT, exclude: skipped })).sort();
const skipped = (path: string) => path.includes("node_modules");
const isStorage = (path: string) => path.startsWith("workers/src/storage/");
const isHostile = (path: string) => path.startsWith("workers/test/hostile/");
const isWeb = (path: string) => path.startsWith("deploy/web/");
const isDispute = (path: string) => path.startsWith("workers/test/disputes/");
const isEndToEnd = (path: string) => path.startsWith("deploy/devnet/");
const workers = find("workers/**/*.test.ts");
const deploy = find("deploy/**/*.test.ts", ".ci/*.test.ts", "examples/**/*.test.ts");

/** In the order they run: what is quick and says most about a mistake first. */
export const suites: Suite[] = [
	{ name: "sdk", files: find("sdk/**/*.test.ts"), atOnce: 2 },
	{ name: "contracts", files: find("contracts/test/**/*.test.ts"), solidity: true, atOnce: 1 },
	{ name: "storage", files: workers.filter(isStorage), atOnce: 2 },
	{
		name: "indexer",
		files: find("indexer/**/*.test.ts"),
		servers: ["postgresql", "nginx"],
		byName: true,
		atOnce: 1,
	},
	{ name: "deploy", files: deploy.filter((path) => !isEndToEnd(path) && !isWeb(path)), needsEngine: true, atOnce: 1 },
	{
		name: "node",
		files: workers.filter((path) => !isStorage(path) && !isHostile(path) && !isDispute(path)),
		needsEngine: true,
		servers: ["docker-registry"],
		byName: true,
		atOnce: 2,
	},
	{
		name: "hostile",
		files: workers.filter(isHostile),
		needsEngine: true,
		servers: ["runsc", "docker-registry"],
		prints: true,
		atOnce: 1,
	},
	{
		name: "web",
		files: [...find("frontend/src/**/*.test.ts"), ...deploy.filter(isWeb)],
		needsEngine: true,
		servers: ["chromium"],
		byName: true,
		atOnce: 1,
	},
	{ name: "disputes", files: workers.filter(isDispute), needsEngine: true, byName: true, prints: true, atOnce: 1 },
	{ name: "start", files: deploy.filter(isEndToEnd), needsEngine: true, byName: true, atOnce: 1 },
];
