import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const GATEWAY = resolve(import.meta.dirname, "../../indexer/gateway/main.ts");
/** A benchmark is one client. */
const limits = { perMinute: 10_000_000, burst: 10_000_000, streamsPerClient: 5_000, streams: 5_000 };

interface GatewaySetting {
	dir: string;
	port: number;
	mirrorUrl: string;
	rpcUrl: string;
}

/** Starts a gateway; resolves when its mirror is at the chain's head. */
export async function startGateway({ dir, port, mirrorUrl, rpcUrl }: GatewaySetting) {
	const config = join(dir, `gateway-${port}.json`);
	const listen = { host: "127.0.0.1", port };
	const database = `gateway-${port}.sqlite`;
	writeFileSync(config, JSON.stringify({ listen, mirror: { url: mirrorUrl }, chain: { rpcUrl }, database, limits }));
	const child = spawn(process.execPath, [GATEWAY, "--config", config], { stdio: ["ignore", "ignore", "inherit"] });
	const url = `http://127.0.0.1:${port}`;
	while (!(await answers(`${url}/ready`))) {
		if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`);
		await pause(100);
	}
	return {
		url,
		/** Memory it holds now, MiB. */
		rssMiB: () => Number(execFileSync("ps", ["-o", "rss=", "-p", String(child.pid)], { encoding: "utf8" })) / 1_024,
		async stop(): Promise<void> {
			const ended = once(child, "exit");
			if (child.exitCode === null && child.kill()) await ended;
		},
	};
}

function answers(url: string): Promise<boolean> {
	return fetch(url).then(
		({ ok }) => ok,
		(error: unknown) => {
			if (error instanceof TypeError) return false;
			throw error;
		},
	);
}
