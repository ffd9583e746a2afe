// `npm run bench:start [-- --json]`: how long from an order to its running container, beside the engine's own start.
import { ensureContracts } from "../contracts.ts";
import { ensureEngine } from "../engine/ensure.ts";
import { SetupFailure } from "../setup/failure.js";
import { measureStart } from "./measureStart.ts";

const say = (line: string) => console.error(line);
const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ending.abort());

try {
	const [engine] = await Promise.all([ensureEngine(say), ensureContracts(say)]);
	const figures = await measureStart({ engine, runs: 30, say, signal: ending.signal });
	for (const [name, value] of Object.entries(figures)) say(`${name.padEnd(12)}${value}`);
	if (process.argv.includes("--json")) console.log(JSON.stringify(figures));
	process.exit(0);
} catch (error) {
	if (!(error instanceof SetupFailure) && !ending.signal.aborted) throw error;
	console.error(ending.signal.aborted ? "stopped" : String(error instanceof Error ? error.message : error));
	process.exit(ending.signal.aborted ? 130 : 1);
}
