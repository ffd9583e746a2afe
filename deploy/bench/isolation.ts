// `npm run bench:isolation [-- --json]`: what the isolation of strangers' containers costs.
import { ensureEngine } from "../engine/ensure.ts";
import { SetupFailure } from "../setup/failure.js";
import { measureCollect } from "./measureCollect.ts";
import { measureIsolation } from "./measureIsolation.ts";

const say = (line: string) => console.error(line);
const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ending.abort());

try {
	const engine = await ensureEngine(say);
	const started = await measureIsolation({ engine, runs: 30, say, signal: ending.signal });
	const collected = await measureCollect({ runs: 3, say, signal: ending.signal });
	const figures = { ...started, ...collected };
	for (const [name, value] of Object.entries(figures)) say(`${name.padEnd(18)}${value}`);
	if (process.argv.includes("--json")) console.log(JSON.stringify(figures));
	process.exit(0);
} catch (error) {
	if (!(error instanceof SetupFailure) && !ending.signal.aborted) throw error;
	console.error(ending.signal.aborted ? "stopped" : String(error instanceof Error ? error.message : error));
	process.exit(ending.signal.aborted ? 130 : 1);
}
