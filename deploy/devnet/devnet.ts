import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Engine } from "../engine/ensure.ts";
import { type DevnetAccounts, devnetAccounts } from "./accounts.ts";
import { chainPlan, mineEvery } from "./chain.ts";
import { type Deployment, deployMarket } from "./deploy.ts";
import { type Lifetime, openLifetime } from "./lifetime.ts";
import { populate } from "./populate.ts";
import { choosePorts, type DevnetPorts } from "./ports.ts";
import { writeProfile } from "./profile.ts";
import type { Service } from "./service.ts";
import { gatewayPlan, keeperPlan, mirrorPlan, nodePlan, type Setting, storagePlan } from "./services.ts";

const ROOT = resolve(import.meta.dirname, "../..");

export interface DevnetOptions {
	/** Everything the devnet writes: configurations, journals, logs, stored content. */
	stateDir: string;
	/** Where the consumer's profile goes. */
	profilePath: string;
	engine: Engine;
	/** 0 or absent: any free port. */
	ports?: Partial<DevnetPorts>;
	/** How many nodes, each of an owner of its own. Default 2. */
	nodes?: number;
	mirror?: boolean;
	keeper?: boolean;
	/** After the set-up: milliseconds between blocks (default 1,000), or "auto": one for each transaction. */
	blocks?: number | "auto";
	/** Least challenge window, seconds. Default 60. */
	challengeFloor?: number;
	/** Registers the nodes and writes their configurations, but leaves running them to the caller. */
	launchNodes?: boolean;
	/** Laid over the generated configuration of node `index`. */
	nodeConfig?: (index: number) => Record<string, unknown>;
	/** Forgets stored content too. */
	reset?: boolean;
	say?: (line: string) => void;
	signal?: AbortSignal;
}

export interface Devnet {
	rpcUrl: string;
	chainId: number;
	deployment: Deployment;
	accounts: DevnetAccounts;
	/** Where the web page is to be served. */
	sitePort: number;
	chain: Service;
	storage: Service & { token: string };
	nodes: Service[];
	/** Of the first node; the others are reached through the storage's relay. */
	channelUrl: string;
	/** Configuration files of all nodes, launched or not. */
	nodeConfigs: string[];
	keeper: Service | undefined;
	mirror: Service | undefined;
	/** In front of the mirror; what consumers and nodes talk to. */
	gateway: Service | undefined;
	profilePath: string;
	/** Rejects when a service ends by itself. Never resolves. */
	failed: Promise<never>;
	/** Ends every service and removes all they left; safe to call twice. */
	stop(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
}

/**
 * A whole market on this machine: chain, contracts, storage, staked nodes, keeper, mirror. What an earlier one in the same
 * folder left behind is removed first; if this one cannot start, nothing of it stays.
 * @throws SetupFailure with cause and fix
 */
export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
	const { stateDir, engine, signal, say = () => {} } = options;
	const accounts = devnetAccounts(options.nodes ?? 2);
	const nodes = accounts.nodes.map(({ address }) => address);
	const life = await openLifetime({ stateDir, docker: engine.docker, nodes, say, signal });
	try {
		forgetChain(stateDir);
		if (options.reset) rmSync(join(stateDir, "storage"), { recursive: true, force: true });
		const ports = await choosePorts(options.ports ?? {}, nodes.length);
		const started = await startServices(life, options, accounts, ports);
		return {
			...started,
			accounts,
			sitePort: ports.site,
			failed: life.failed,
			stop: life.stop,
			[Symbol.asyncDispose]: life.stop,
		};
	} catch (error) {
		await life.stop();
		throw error;
	}
}

type Started = Omit<Devnet, "accounts" | "sitePort" | "failed" | "stop" | typeof Symbol.asyncDispose>;

/** Side by side wherever one does not need the other: Ponder takes longest to wake, so it starts as soon as there is a Market. */
async function startServices(
	life: Lifetime,
	options: DevnetOptions,
	accounts: DevnetAccounts,
	ports: DevnetPorts,
): Promise<Started> {
	const { stateDir, profilePath, blocks = 1_000 } = options;
	const token = randomBytes(24).toString("base64url");
	const storing = watched(life.launch(storagePlan({ root: ROOT, stateDir }, ports.storage, token)));
	const chain = await life.launch(chainPlan(ROOT, ports.chain));
	const setting = await deploy(chain.url, options);
	const { rpcUrl, deployment } = setting;

	const mirroring = options.mirror === false ? undefined : watched(life.launch(mirrorPlan(setting, ports.mirror)));
	const guarding = mirroring && watched(life.launch(gatewayPlan(setting, ports.gateway, ports.mirror)));
	const indexer = mirroring && { gateway: { url: `http://127.0.0.1:${ports.gateway}` } };
	const [storage] = await Promise.all([storing, populate(rpcUrl, deployment, accounts)]);
	if (blocks !== "auto") await mineEvery(rpcUrl, blocks);

	const content = { url: storage.url, token };
	const keeper = { key: accounts.keeper.key, everySeconds: blocks === "auto" ? 1 : blocks / 500 };
	const keeping = options.keeper === false ? undefined : life.launch(keeperPlan(setting, ports.keeper, keeper));
	const plans = accounts.nodes.map(({ key }, index) => {
		const owner = (accounts.owners[index] ?? accounts.deployer).address;
		const channel = index === 0 ? listening(ports.channel) : { relay: content };
		const extra = {
			channel,
			engine: { socket: options.engine.socketPath },
			...indexer,
			...options.nodeConfig?.(index),
		};
		return nodePlan(setting, { index, port: ports.nodes[index] ?? 0, key, owner, storage: content, extra });
	});
	const noding = options.launchNodes === false ? [] : plans.map((plan) => life.launch(plan));
	const [nodes, kept, mirror, gateway] = await Promise.all([Promise.all(noding), keeping, mirroring, guarding]);
	writeProfile(profilePath, {
		rpcUrl,
		deployment,
		storage: content,
		mirrorUrl: gateway?.url,
		key: accounts.consumer.key,
	});
	const { chainId } = deployment;
	return {
		rpcUrl,
		chainId,
		deployment,
		chain,
		storage: Object.assign(storage, { token }),
		nodes,
		nodeConfigs: plans.flatMap(({ configPath }) => configPath ?? []),
		channelUrl: listening(ports.channel).url,
		keeper: kept,
		mirror,
		gateway,
		profilePath,
	};
}

async function deploy(rpcUrl: string, { stateDir, challengeFloor = 60, say }: DevnetOptions): Promise<Setting> {
	const deployment = await deployMarket(rpcUrl, { stateDir, challengeFloor });
	say?.(`Market deployed at ${deployment.market}`);
	const deploymentPath = join(stateDir, "deployment.json");
	writeFileSync(deploymentPath, `${JSON.stringify(deployment, undefined, "\t")}\n`);
	return { root: ROOT, stateDir, rpcUrl, deployment, deploymentPath };
}

/** A channel of the node's own; the loopback is outside enough here. */
function listening(port: number) {
	return { listen: { host: "127.0.0.1", port }, url: `http://127.0.0.1:${port}` };
}

/** For a start that is awaited only later: its failure must not end the process before somebody listens. */
function watched<T>(start: Promise<T>): Promise<T> {
	start.catch(() => {});
	return start;
}

/** The chain lives in memory, so whatever was derived from an earlier one is void. Stored content stays: it names itself. */
function forgetChain(stateDir: string): void {
	const nodes = Array.from({ length: 16 }, (_, index) => `node-${index + 1}`);
	for (const entry of ["logs", "mirror", "gateway", "keeper", "deployment.json", "ignition", ...nodes]) {
		rmSync(join(stateDir, entry), { recursive: true, force: true });
	}
}
