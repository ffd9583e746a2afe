import type { z } from "zod";
import { type BaseConfig, loadConfig } from "./config.ts";
import { Exit, type ExitCode, oneLine } from "./errors.ts";
import { type Lifecycle, onMistakes, onSignals, runLifecycle } from "./lifecycle.ts";
import { createLog, type Logger } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

export type RoleContext<Config> = {
	config: Config;
	/** Paths inside the configuration are relative to this file: `besideConfig(configFile, path)`. */
	configFile: string;
	log: Logger;
	metrics: Metrics;
	life: Lifecycle;
};

/** One long-running worker. `run` ends after `life.draining` aborted and the work in hand is done, or by throwing. */
export type Role<Schema extends z.ZodType<BaseConfig> = z.ZodType<BaseConfig>> = {
	name: string;
	schema: Schema;
	run(context: RoleContext<z.output<Schema>>): Promise<void>;
};

/** Reads the configuration, connects the signals, runs the role. Returns the exit code; the caller exits with it. */
export async function runRole<Schema extends z.ZodType<BaseConfig>>(
	role: Role<Schema>,
	configFile: string,
): Promise<ExitCode> {
	let config: z.output<Schema>;
	try {
		config = await loadConfig(configFile, role.schema);
	} catch (error) {
		createLog({ role: role.name }).fatal(oneLine(error));
		return Exit.doNotRestart;
	}
	const log = createLog({ role: role.name, level: config.logLevel });
	onMistakes(log);
	const metrics = createMetrics(role.name);
	const work = (life: Lifecycle) => role.run({ config, configFile, log, metrics, life });
	return runLifecycle({ log, drainMs: config.drainSeconds * 1000 }, work, onSignals);
}
