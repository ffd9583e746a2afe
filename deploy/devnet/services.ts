import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Address, Hex } from "viem";
import type { Deployment } from "./deploy.ts";
import type { Plan } from "./lifetime.ts";
import type { ServicePlan } from "./service.ts";

/** What every plan below knows of the devnet it belongs to. */
export interface Setting {
	root: string;
	stateDir: string;
	rpcUrl: string;
	deployment: Deployment;
	deploymentPath: string;
}

const HOST = "127.0.0.1";

export function storagePlan({ root, stateDir }: Pick<Setting, "root" | "stateDir">, port: number, token: string): Plan {
	const config = { listen: { host: HOST, port }, dir: join(stateDir, "storage"), tokens: [token] };
	return worker(root, stateDir, "storage", "storage", port, config, { patienceMs: 60_000, drainMs: 8_000 });
}

export interface NodePlanOptions {
	index: number;
	port: number;
	key: Hex;
	owner: Address;
	storage: { url: string; token: string };
	extra: Record<string, unknown>;
}

export function nodePlan(setting: Setting, options: NodePlanOptions): Plan {
	const { index, port, owner, storage, extra } = options;
	const name = `node-${index + 1}`;
	const dir = join(setting.stateDir, name);
	const config = {
		chain: chainConfig(setting),
		key: keyFile(dir, options.key),
		owner,
		class: 1,
		storage,
		allowPrivateSources: true,
		stateDir: join(dir, "state"),
		listen: { host: HOST, port },
		drainSeconds: 5,
		...extra,
	};
	return worker(setting.root, setting.stateDir, "node", name, port, config, { patienceMs: 60_000, drainMs: 15_000 });
}

export function keeperPlan(setting: Setting, port: number, keeper: { key: Hex; everySeconds: number }): Plan {
	const dir = join(setting.stateDir, "keeper");
	const { everySeconds } = keeper;
	const config = {
		chain: chainConfig(setting),
		key: keyFile(dir, keeper.key),
		listen: { host: HOST, port },
		everySeconds,
	};
	return worker(setting.root, setting.stateDir, "keeper", "keeper", port, config, {
		patienceMs: 60_000,
		drainMs: 8_000,
	});
}

/** Ponder on PGlite. It is told nothing but where the chain and the deployment record are. */
export function mirrorPlan(setting: Setting, port: number): Plan {
	const { root, stateDir, rpcUrl, deploymentPath } = setting;
	const url = `http://${HOST}:${port}`;
	const program = join(root, "node_modules/ponder/dist/esm/bin/ponder.js");
	const dir = join(stateDir, "mirror");
	mkdirSync(dir, { recursive: true });
	return {
		name: "mirror",
		args: [program, "start", "--port", String(port), "--hostname", HOST, "--schema", "mirror", "--log-format", "json"],
		cwd: join(root, "indexer"),
		env: {
			DEPIN_DEPLOYMENT: deploymentPath,
			DEPIN_RPC_URL: rpcUrl,
			DEPIN_INDEXER_DIR: join(dir, "pglite"),
			PONDER_TELEMETRY_DISABLED: "true",
		},
		url,
		isReady: () => answers(`${url}/status`),
		patienceMs: 120_000,
		drainMs: 8_000,
	};
}

/** The public door of the mirror. It starts beside it: until the mirror answers, it says so. */
export function gatewayPlan({ root, stateDir, rpcUrl }: Setting, port: number, mirrorPort: number): Plan {
	const url = `http://${HOST}:${port}`;
	const dir = join(stateDir, "gateway");
	const configPath = join(dir, "gateway.json");
	const config = {
		listen: { host: HOST, port },
		mirror: { url: `http://${HOST}:${mirrorPort}` },
		chain: { rpcUrl },
		database: "gateway.db",
		// Everybody here is one client.
		limits: { perMinute: 60_000, burst: 5_000, streamsPerClient: 1_000 },
	};
	mkdirSync(dir, { recursive: true });
	writeFileSync(configPath, `${JSON.stringify(config, undefined, "\t")}\n`, { mode: 0o600 });
	return {
		name: "gateway",
		args: [join(root, "indexer/gateway/main.ts"), "--config", configPath],
		cwd: root,
		url,
		configPath,
		isReady: () => answers(`${url}/health`),
		patienceMs: 60_000,
		drainMs: 8_000,
	};
}

type Times = Pick<ServicePlan, "patienceMs" | "drainMs">;

function worker(
	root: string,
	stateDir: string,
	role: string,
	name: string,
	port: number,
	config: object,
	times: Times,
): Plan {
	const url = `http://${HOST}:${port}`;
	const configPath = join(stateDir, name, `${role}.json`);
	mkdirSync(join(stateDir, name), { recursive: true });
	// Readable by us alone: some of these hold a token.
	writeFileSync(configPath, `${JSON.stringify(config, undefined, "\t")}\n`, { mode: 0o600 });
	const program = join(root, "workers/bin/depin-worker.js");
	const isReady = () => answers(`${url}/ready`);
	return { name, args: [program, role, "--config", configPath], cwd: root, url, configPath, isReady, ...times };
}

function chainConfig({ rpcUrl, deployment }: Setting) {
	return {
		rpcUrl,
		wsUrl: rpcUrl.replace(/^http/, "ws"),
		market: deployment.market,
		fromBlock: String(deployment.startBlock),
	};
}

function keyFile(dir: string, key: Hex): { file: string } {
	mkdirSync(dir, { recursive: true });
	const file = join(dir, "node.key");
	writeFileSync(file, `${key}\n`, { mode: 0o600 });
	return { file };
}

async function answers(url: string): Promise<boolean> {
	try {
		return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
	} catch (error) {
		if (error instanceof TypeError || (error instanceof DOMException && error.name === "TimeoutError")) return false;
		throw error;
	}
}
