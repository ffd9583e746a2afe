import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Address, PrivateKeyAccount } from "viem";
import { nodeConfigSchema } from "../../src/node/config.ts";
import { nodeRole } from "../../src/node/role.ts";
import { loadConfig } from "../../src/runtime/config.ts";
import { runLifecycle } from "../../src/runtime/lifecycle.ts";
import { createLog } from "../../src/runtime/log.ts";
import { createMetrics } from "../../src/runtime/metrics.ts";
import { until } from "../until.ts";

const WORKER = resolve(import.meta.dirname, "../../bin/depin-worker.js");

/** A node of the network, running in this process on its own journal, engine containers, storage and chain. */
export type Member = {
	address: Address;
	account: PrivateKeyAccount;
	owner: Address;
	readonly up: boolean;
	/** `apart`: as the process that a provider runs, so that it can be killed. */
	start(how?: "here" | "apart"): Promise<void>;
	stop(): Promise<void>;
	/** kill -9 of a process apart. */
	kill(): Promise<void>;
};

export function memberOf(configFile: string, account: PrivateKeyAccount, owner: Address): Member {
	let running: Running | undefined;
	async function isReady(): Promise<boolean> {
		const { listen } = JSON.parse(await readFile(configFile, "utf8"));
		return fetch(`http://${listen.host}:${listen.port}/ready`).then(
			({ ok }) => ok,
			() => false,
		);
	}
	return {
		address: account.address,
		account,
		owner,
		get up() {
			return running !== undefined;
		},
		async start(how = "here") {
			running = how === "here" ? await startHere(configFile, account.address) : startApart(configFile);
			await until(`node ${account.address} is ready`, isReady);
		},
		async stop() {
			running?.stop();
			await running?.ended;
			running = undefined;
		},
		async kill() {
			running?.kill();
			await running?.ended;
			running = undefined;
		},
	};
}

type Running = { stop: () => void; kill: () => void; ended: Promise<unknown> };

async function startHere(configFile: string, address: Address): Promise<Running> {
	const config = await loadConfig(configFile, nodeConfigSchema);
	const log = createLog({ role: `node ${address.slice(0, 8)}`, level: config.logLevel });
	let end: (reason: string) => void = () => {};
	const metrics = createMetrics("node");
	const work = (life: Parameters<typeof nodeRole.run>[0]["life"]) =>
		nodeRole.run({ config, configFile, log, metrics, life });
	const ended = runLifecycle({ log, drainMs: 0 }, work, (stop) => {
		end = stop;
	});
	return {
		stop: () => end("the test says so"),
		kill: () => {
			throw new Error("a node in this process cannot be killed");
		},
		ended,
	};
}

function startApart(configFile: string): Running {
	const child = spawn(process.execPath, [WORKER, "node", "--config", configFile], { stdio: "ignore" });
	const ended = new Promise((done) => child.once("exit", done));
	return { stop: () => child.kill("SIGTERM"), kill: () => child.kill("SIGKILL"), ended };
}
