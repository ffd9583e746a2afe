// `npm run bench:web [-- --json]`: how the page loads and keeps up, in Chromium on a processor slowed down four times.
import { SetupFailure } from "../setup/failure.js";
import { ensureServers, lackOf } from "../setup/servers.ts";
import { measureWeb } from "../web/measureWeb.ts";

const say = (line: string) => console.error(line);

try {
	await ensureServers(["chromium"], say);
	const lack = lackOf("chromium");
	if (lack) throw new SetupFailure(lack, "install it (apt-get install chromium) and run again");
	const figures = await measureWeb(say);
	for (const [name, value] of Object.entries(figures)) say(`${name.padEnd(18)}${value}`);
	if (process.argv.includes("--json")) console.log(JSON.stringify(figures));
	process.exit(0);
} catch (error) {
	if (!(error instanceof SetupFailure)) throw error;
	console.error(error.message);
	process.exit(1);
}
