// `npm run bench:indexer [-- --json] [-- --quick]`: backfill beside a bare app, and reads of a large mirror, on PostgreSQL.
import { SetupFailure } from "../setup/failure.js";
import { ensureServers } from "../setup/servers.ts";
import { measureIndexer } from "./measureIndexer.ts";

const FULL = { events: 100_000, jobs: 1_000_000, seconds: 30 };
const QUICK = { events: 10_000, jobs: 50_000, seconds: 5 };

const say = (line: string) => console.error(line);
try {
	await ensureServers(["postgresql"], say);
	const figures = await measureIndexer(process.argv.includes("--quick") ? QUICK : FULL, say);
	for (const [name, value] of Object.entries(figures)) say(`${name.padEnd(24)}${value}`);
	if (process.argv.includes("--json")) console.log(JSON.stringify(figures));
	process.exit(0);
} catch (error) {
	if (!(error instanceof SetupFailure)) throw error;
	console.error(error.message);
	process.exit(1);
}
