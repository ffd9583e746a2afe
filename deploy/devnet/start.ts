// `npm start`: a market on this machine and one real order through it. See `npm start -- --help`.
import { mkdirSync, statfsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensureContracts } from "../contracts.ts";
import { ensureEngine } from "../engine/ensure.ts";
import { explain, SetupFailure } from "../setup/failure.js";
import { ensureSite } from "../site.ts";
import { HELP, readOptions, type StartOptions } from "./options.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** What storage keeps free, what the node keeps free, and the work itself. */
const NEEDED_BYTES = 3e9;

const began = Number(process.env.DEPIN_SETUP_STARTED ?? Date.now());
const say = (line: string) => console.error(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);

async function main(options: StartOptions, signal: AbortSignal): Promise<number> {
	const stateDir = resolve(options.dir ?? join(ROOT, ".depin/devnet"));
	mkdirSync(stateDir, { recursive: true });
	requireSpace(stateDir);
	const [engine] = await Promise.all([ensureEngine(say), ensureContracts(say), ensureSite(say)]);
	signal.throwIfAborted();
	const ready = Date.now();
	say("set-up ready");
	// Only now: what it imports takes longer to load than everything above to do.
	const { runMarket } = await import("./run.ts");
	return runMarket(options, { engine, stateDir, began, ready, say, signal });
}

function requireSpace(folder: string): void {
	const { bavail, bsize } = statfsSync(folder);
	const free = bavail * bsize;
	if (free >= NEEDED_BYTES) return;
	const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
	throw new SetupFailure(
		`the disk is full, ${gigabytes(free)} GB free of the ${gigabytes(NEEDED_BYTES)} GB a devnet needs`,
		`free some where ${folder} lies (\`npm start -- --reset\` forgets stored content) and run again`,
	);
}

const options = readOptions(process.argv.slice(2));
if ("problem" in options) {
	console.error(options.problem === "" ? HELP : `${options.problem}\n\n${HELP}`);
	process.exit(options.problem === "" ? 0 : 2);
}
const ending = new AbortController();
// A terminal's Ctrl-C comes more than once, from npm and from the terminal: the first one ends us, the others change nothing.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ending.abort());
try {
	process.exit(await main(options, ending.signal));
} catch (error) {
	if (ending.signal.aborted) {
		say("stopped; nothing of it is left running");
		process.exit(130);
	}
	const system = error instanceof Error && "code" in error;
	const failure = error instanceof SetupFailure || !system ? error : explain("starting the devnet", String(error));
	if (!(failure instanceof SetupFailure)) throw failure;
	console.error(failure.message);
	process.exit(1);
}
