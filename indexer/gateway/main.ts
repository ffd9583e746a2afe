// `node indexer/gateway/main.ts --config <file>`. Exit codes: 0 asked to end, 1 do not restart, 75 try again.
import { parseArgs } from "node:util";
import { ConfigError, loadConfig } from "./config.ts";
import { startGateway } from "./gateway.ts";

const say = (message: string, more: object = {}) =>
	console.log(JSON.stringify({ time: new Date().toISOString(), role: "gateway", msg: message, ...more }));

try {
	const { values } = parseArgs({ options: { config: { type: "string" } } });
	if (values.config === undefined) throw new ConfigError("pass --config <file>");
	const gateway = await startGateway(loadConfig(values.config));
	say("gateway is up", { url: gateway.url });
	let asked = false;
	for (const signal of ["SIGTERM", "SIGINT"] as const) {
		process.on(signal, () => {
			if (asked) process.exit(75);
			asked = true;
			say("stopping", { signal });
			void gateway.close().then(() => process.exit(0));
		});
	}
} catch (error) {
	const known = error instanceof ConfigError || (error instanceof Error && "code" in error);
	say(error instanceof Error ? error.message : String(error), { level: "fatal", ...(known ? {} : { error }) });
	if (!known) console.error(error);
	process.exit(1);
}
