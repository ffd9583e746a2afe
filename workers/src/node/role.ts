import { mkdir, statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { createContentClient } from "depin/storage";
import { egressMeans } from "../egress/means.ts";
import { dockerEngine } from "../engine/docker.ts";
import type { ContainerEngine, EngineInfo } from "../engine/engine.ts";
import { quotaOf } from "../engine/outputVolume.ts";
import { createJury } from "../juror/jury.ts";
import { connectChain } from "../runtime/chain.ts";
import { createChainClock } from "../runtime/chainClock.ts";
import { besideConfig } from "../runtime/config.ts";
import { startHttp } from "../runtime/http.ts";
import { loadKey } from "../runtime/keyFile.ts";
import { retry } from "../runtime/loop.ts";
import type { Role, RoleContext } from "../runtime/role.ts";
import { createTransactor } from "../runtime/transact.ts";
import { guardedSocket } from "../socketProxy/guardedSocket.ts";
import { openAudit } from "./audit.ts";
import { auditedEngine } from "./auditedEngine.ts";
import { createBoard } from "./board.ts";
import { createCache } from "./cache/cache.ts";
import { cacheEvents, cacheLimits } from "./cache/limits.ts";
import { type Capacity, CapacityLedger } from "./capacity.ts";
import { openChannel } from "./channel/channel.ts";
import { createLogBook } from "./channel/logBook.ts";
import { type NodeConfig, nodeConfigSchema } from "./config.ts";
import { createContentCache } from "./content.ts";
import type { NodeContext } from "./context.ts";
import { createFactsReader } from "./facts.ts";
import { follow } from "./follow.ts";
import { gpuUuids } from "./gpus.ts";
import { hardware } from "./hardware.ts";
import { sendHeartbeats } from "./heartbeat.ts";
import { hostAbilities } from "./host.ts";
import { createJobs, type Jobs } from "./jobs.ts";
import { openJournal } from "./journal.ts";
import { createNodeMetrics } from "./nodeMetrics.ts";
import { createOffers } from "./offers.ts";
import { isConnected, isProven, keepProving, type Proof, prove } from "./proof.ts";
import { sealStore } from "./seals.ts";
import { createTierOffer } from "./tierOffer.ts";
import { workId, workStore } from "./works.ts";

/** Claims jobs, runs them in containers, submits results. */
export const nodeRole: Role<typeof nodeConfigSchema> = { name: "node", schema: nodeConfigSchema, run: runNode };

async function runNode(role: RoleContext<NodeConfig>): Promise<void> {
	const { config, life, log } = role;
	const proof: Proof = { verdicts: new Map(), networks: new Map() };
	const ctx = await createContext(role, proof);
	await prove(ctx, proof);
	const cache = createContentCache({
		...ctx,
		client: ctx.content,
		rules: { maxBytes: config.images.maxMiB * MIB, signatures: config.images.signatures },
		holders: () => new Set(ctx.works.live().map(workId)),
	});
	let jobs: Jobs;
	const offers = createOffers({ ctx, cache, jobs: () => jobs });
	jobs = createJobs({ ctx, cache, offers });
	const status = { caughtUp: false };
	const http = await startHttp({
		listen: config.listen,
		metrics: role.metrics,
		ready: () => readiness(ctx, jobs, status.caughtUp),
	});
	life.defer("http", http.close);
	const channel = await openChannel(ctx);
	if (channel) life.defer("channel", channel.close);
	log.info(
		{
			url: http.url,
			channel: channel?.url,
			node: ctx.account.address,
			tiers: ctx.tiers.offered(),
			egress: ctx.tiers.connected(),
			quota: ctx.host.quota,
			auditHead: ctx.audit.head(),
			capacity: ctx.ledger.total,
		},
		"node is up",
	);
	if (ctx.host.quota === "polled") {
		log.warn(
			"not root and no quota helper: output caps are watched once a second instead of enforced by a file system. Enough for this local chain, refused on any other (docs/provider.md)",
		);
	}
	// Following the chain goes on while jobs in hand finish: a stop or an expiry must still reach them.
	const following = follow({
		ctx,
		cache,
		jobs,
		offers,
		jury: config.juror ? await createJury(ctx, cache) : undefined,
		wsUrl: config.chain.wsUrl,
		metrics: role.metrics,
		onCaughtUp: () => (status.caughtUp = true),
	});
	keepProving(ctx, proof).catch((error: unknown) => log.error({ err: error }, "the canary runs no more"));
	sendHeartbeats(ctx).catch((error: unknown) => log.error({ err: error }, "no more heartbeats are sent"));
	await Promise.race([following, drained(ctx, jobs)]);
}

/** Resolves when the node was asked to stop and no job is being worked on. */
async function drained({ draining }: NodeContext, jobs: Jobs): Promise<void> {
	if (!draining.aborted) await new Promise((resolve) => draining.addEventListener("abort", resolve, { once: true }));
	await jobs.idle();
}

async function createContext(role: RoleContext<NodeConfig>, proof: Proof): Promise<NodeContext> {
	const { config, configFile, log, metrics, life } = role;
	const account = await loadKey(config.key, configFile);
	const stateDir = besideConfig(configFile, config.stateDir);
	await mkdir(join(stateDir, "jobs"), { recursive: true, mode: 0o700 });
	const journal = openJournal(join(stateDir, "node.db"));
	life.defer("journal", journal.close);
	const quota = await quotaOf(config.engine.quotaSocket);
	const roots = [stateDir, ...(typeof quota === "object" ? [quota.dir] : [])];
	const socketPath = await guardedSocket({ engineSocket: config.engine.socket, stateDir, roots, log, life });
	const docker = dockerEngine({ socketPath });
	life.defer("engine", docker.close);
	const audit = await openAudit(join(stateDir, "audit.jsonl"), account);
	await audit.note("node-started", { pid: process.pid });
	const engine = auditedEngine(docker, audit);
	const client = await connectChain(config.chain, { signal: life.draining, account });
	const facts = createFactsReader(client, { node: account.address, owner: config.owner, class: config.class });
	await facts.refresh();
	const info = await retry(() => engine.info(), { signal: life.draining, attempts: 6, maxMs: 5_000 });
	const nodeMetrics = createNodeMetrics(metrics);
	const works = workStore(journal);
	const seals = sealStore(journal);
	return {
		config,
		stateDir,
		account,
		client,
		transactor: createTransactor({ client, account, signal: life.signal, log, metrics }),
		clock: createChainClock(),
		journal,
		works,
		seals,
		board: createBoard({ journal, works, seals, node: account.address, class: config.class }),
		book: createLogBook(),
		facts,
		content: createContentClient({
			sources: [config.storage.url, ...config.sources],
			uploadTo: config.storage,
			allowPrivateSources: config.allowPrivateSources,
		}),
		cache: createCache({
			journal,
			engine,
			stateDir,
			disks: { image: info.rootDir, input: stateDir, outputs: typeof quota === "object" ? quota.dir : stateDir },
			limits: cacheLimits(config.disk, stateDir),
			events: cacheEvents(audit, nodeMetrics),
		}),
		engine,
		audit,
		ledger: new CapacityLedger(await lentOut(config, info, stateDir), await gpuUuids(config.capacity.gpus)),
		host: await hostAbilities(info, quota),
		tiers: createTierOffer({
			wanted: config.tiers,
			floor: config.tierFloor,
			runtimes: info.runtimes,
			holds: (runtime) => isProven(proof.verdicts.get(runtime), client.deployment.chainId),
			connects: (runtime) => isConnected(proof, runtime),
		}),
		egress: config.egress && (await egressMeans(config.egress, { engine, journal, stateDir })),
		hardware: await hardware(config.capacity.gpus),
		metrics: nodeMetrics,
		log,
		draining: life.draining,
		signal: life.signal,
	};
}

const MIB = 2 ** 20;
/** Left to the node, the engine and the system where the operator set no figure. */
const KEPT_MEMORY_MIB = 512;
const KEPT_DISK_MIB = 2048;

async function lentOut({ capacity }: NodeConfig, info: EngineInfo, stateDir: string): Promise<Capacity> {
	const disk = await statfs(stateDir);
	return {
		slots: capacity.slots,
		// More than the engine has would make it refuse containers it had promised room for.
		cpus: Math.min(capacity.cpus ?? info.cpus, info.cpus),
		memoryMiB: Math.min(capacity.memoryMiB ?? info.memoryMiB - KEPT_MEMORY_MIB, Math.floor(totalmem() / MIB)),
		gpus: capacity.gpus,
		diskMiB: capacity.diskMiB ?? Math.max(0, Math.floor((disk.bavail * disk.bsize) / MIB) - KEPT_DISK_MIB),
	};
}

async function readiness(ctx: NodeContext, jobs: Jobs, caughtUp: boolean) {
	const engine = await answers(ctx.engine);
	const { registered, active } = ctx.facts.now();
	const ready = caughtUp && engine && active && !ctx.draining.aborted;
	return {
		ready,
		caughtUp,
		engine,
		registered,
		active,
		draining: ctx.draining.aborted,
		jobs: jobs.count,
		node: ctx.account.address,
	};
}

function answers(engine: ContainerEngine): Promise<boolean> {
	return engine.info().then(
		() => true,
		() => false,
	);
}
