import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const ROOT = resolve(import.meta.dirname, "../..");
const PONDER = join(ROOT, "node_modules/ponder/dist/esm/bin/ponder.js");

export interface PonderOptions {
	/** Index and answer, or only answer from what another process indexes. Default "start". */
	command?: "start" | "serve";
	/** Folder of the Ponder app, from the repository's root. */
	app: string;
	schema: string;
	port: number;
	dir: string;
	rpcUrl: string;
	databaseUrl: string;
}

/** Starts a Ponder app; `ready` resolves, with the moment, once it has read all of history. */
export function startPonder({ command = "start", app, schema, port, dir, rpcUrl, databaseUrl }: PonderOptions) {
	const logPath = join(dir, `${schema}-${port}.log`);
	const log = openSync(logPath, "a");
	const args = [command, "--root", join(ROOT, app), "--port", String(port), "--hostname", "127.0.0.1"];
	const child = spawn(process.execPath, [PONDER, ...args, "--schema", schema, "--log-format", "json"], {
		cwd: dir,
		stdio: ["ignore", log, log],
		env: {
			...process.env,
			DEPIN_DEPLOYMENT: join(dir, "deployment.json"),
			DEPIN_RPC_URL: rpcUrl,
			DATABASE_URL: databaseUrl,
			PONDER_TELEMETRY_DISABLED: "true",
		},
	});
	closeSync(log);
	const url = `http://127.0.0.1:${port}`;
	return {
		url,
		async ready(): Promise<number> {
			for (;;) {
				if (child.exitCode !== null) throw new Error(`${app} ended: ${readFileSync(logPath, "utf8").slice(-2_000)}`);
				const answer = await fetch(`${url}/ready`).catch((error: unknown) => {
					if (error instanceof TypeError) return undefined;
					throw error;
				});
				if (answer?.ok) return performance.now();
				await pause(25);
			}
		},
		async stop(): Promise<void> {
			if (child.exitCode !== null) return;
			const ended = once(child, "exit");
			child.kill("SIGTERM");
			await ended;
		},
	};
}
