#!/usr/bin/env node
// The first thing of every `npm run` script: plain JavaScript, so that any Node from 18 on runs it with nothing installed.
// It gets the pinned Node and the packages when they are missing, then runs the asked-for TypeScript file on them.
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, statfsSync } from "node:fs";
import { constants as system } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { explain, SetupFailure } from "./setup/failure.js";
import { withLock } from "./setup/lock.js";
import { getNode, pinnedNode } from "./setup/node.js";
import { cleanEnvironment, endLeftNpm } from "./setup/npm.js";
import { installPackages, packagesReady } from "./setup/packages.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const started = Date.now();
/** @param {string} line */
const say = (line) => process.stderr.write(`setup: ${line}\n`);

/** Leaves everything the asked-for script needs in place; nothing is written when it already is. */
async function prepare() {
	if (process.platform === "win32") throw new SetupFailure("Windows is not supported directly", "use WSL 2");
	const node = pinnedNode(root);
	if (node.ready && packagesReady(root)) return node.program;
	accessSync(root, constants.W_OK); // says why; making a folder in a read-only one says "no such file"
	mkdirSync(join(root, ".depin"), { recursive: true });
	const waiting = (/** @type {number} */ owner) =>
		say(`another set-up (process ${owner}) is at work here, waiting for it`);
	await withLock(join(root, ".depin/setup.lock"), waiting, async () => {
		await endLeftNpm(root);
		if (!pinnedNode(root).ready) await step(`Node ${node.version}`, () => getNode(root, node, say));
		if (packagesReady(root)) return;
		requireSpace(2.5e9);
		await step("packages (npm ci)", () => installPackages(root, node.program, say));
		if (packagesReady(root)) return;
		throw new SetupFailure("npm ci left packages out", "rm -rf node_modules and run the command again");
	});
	return node.program;
}

/** @param {string} name @param {() => Promise<void>} work */
async function step(name, work) {
	const begun = Date.now();
	say(`${name} …`);
	await work();
	say(`${name} ready, ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}

/** A full disk found beforehand is one clear line; found by npm half way it is a page. @param {number} bytes */
function requireSpace(bytes) {
	const { bavail, bsize } = statfsSync(root);
	const free = bavail * bsize;
	if (free >= bytes || existsSync(join(root, "node_modules"))) return;
	const gigabytes = (/** @type {number} */ n) => (n / 1e9).toFixed(1);
	throw new SetupFailure(
		`the disk is full, ${gigabytes(free)} GB free of the ${gigabytes(bytes)} GB the packages need`,
		`free some where ${root} lies and run the command again`,
	);
}

/**
 * Runs the script in the foreground and ends as it ends.
 * @param {string} node
 * @param {string[]} command
 */
function execute(node, [script = "", ...args]) {
	const path = [dirname(node), join(root, "node_modules/.bin"), process.env.PATH].join(delimiter);
	const env = {
		...cleanEnvironment(),
		PATH: path,
		DEPIN_SETUP_STARTED: String(started),
		NODE_COMPILE_CACHE: join(root, ".depin/compile-cache"), // every service loads the same few thousand files
		HARDHAT_DISABLE_TELEMETRY_PROMPT: "true",
		PONDER_TELEMETRY_DISABLED: "true",
	};
	const child = spawn(node, [resolve(root, script), ...args], { stdio: "inherit", env });
	for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
		process.removeAllListeners(signal);
		process.on(signal, () => child.kill(signal));
	}
	child.once("error", (error) => fail(explain(`starting ${script}`, error.message)));
	child.once("exit", (code, signal) => process.exit(code ?? 128 + (signal ? system.signals[signal] : 0)));
}

/** @param {unknown} error */
function fail(error) {
	if (!(error instanceof SetupFailure) && !(error instanceof Error && "code" in error)) throw error;
	const failure = error instanceof SetupFailure ? error : explain("setting up", `${error.code} ${error.message}`);
	say(failure.message);
	process.exit(1);
}

// Until the script runs there is nothing to wind down: leave at once, and let the exit handlers release and stop what is held.
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
	process.on(signal, () => process.exit(128 + system.signals[signal]));
}
prepare().then((node) => execute(node, process.argv.slice(2)), fail);
