import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { runEgressCanary } from "../egress/egressCanary.ts";
import type { EgressMeans } from "../egress/jobEgress.ts";
import { type CanaryVerdict, probeSpec, runCanary } from "../engine/canary.ts";
import type { EngineInfo } from "../engine/engine.ts";
import { createBody } from "../engine/hostConfig.ts";
import { PROBE_LIMITS } from "../engine/probes.ts";
import { runtimeOf, type Tier, tiers } from "../engine/tiers.ts";
import { OperatorError } from "../runtime/errors.ts";
import { repeat, retry } from "../runtime/loop.ts";
import type { NodeContext } from "./context.ts";
import { ourLabels } from "./runTask.ts";

/** How long a verdict is believed. */
const VALID_MS = 24 * 3_600_000;
const LOOK_AGAIN_MS = 3_600_000;
/** The only chain on which nothing can be lost: there, a node without a quota may still be tried out. */
const LOCAL_CHAIN_ID = 31_337;

/** What the canary found, by runtime. Filled by `prove`; read by whoever decides. */
export type Proof = {
	verdicts: Map<string, CanaryVerdict>;
	/** What was wrong with the network a job would get, by runtime; undefined when nothing was. Absent = not looked at. */
	networks: Map<string, string | undefined>;
};

/** Whether a job under this runtime may have a network. */
export function isConnected({ networks }: Proof, runtime: string): boolean {
	return networks.has(runtime) && networks.get(runtime) === undefined;
}

const recordSchema = z.object({
	fingerprint: z.string(),
	at: z.number(),
	broken: z.array(z.enum(["pids", "memory", "bytes", "inodes", "network", "kill", "run"])),
	seen: z.string().optional(),
});

/**
 * Whether a runtime may be offered. On a local chain the byte and file quota may be missing, because there an ordinary
 * user must be able to try everything; every other limit must have been seen to hold.
 */
export function isProven(verdict: CanaryVerdict | undefined, chainId: number): boolean {
	const excused = (limit: string) => chainId === LOCAL_CHAIN_ID && (limit === "bytes" || limit === "inodes");
	return verdict?.broken.every(excused) ?? false;
}

/**
 * Runs the canary under each runtime that makes a tier this node lends out, unless one of the last day says what would
 * come out: then the engine, its runtimes and our own limits are what they were.
 *
 * @throws {OperatorError} when no tier is left to offer, naming what did not hold
 */
export async function prove(ctx: NodeContext, proof: Proof): Promise<void> {
	const info = await retry(() => ctx.engine.info(), { signal: ctx.draining, attempts: 6, maxMs: 5_000 });
	for (const tier of ctx.config.tiers ?? tiers) {
		const runtime = runtimeOf(tier, info.runtimes);
		if (runtime === undefined) continue;
		const verdict = recorded(ctx, info, runtime) ?? (await runAndRecord(ctx, info, runtime));
		proof.verdicts.set(runtime, verdict);
		if (!isProven(verdict, ctx.client.deployment.chainId))
			ctx.log.error({ tier, runtime, broken: verdict.broken }, `tier ${tier} is not offered: ${verdict.seen}`);
		else if (ctx.egress) proof.networks.set(runtime, await lookAround(ctx, info, ctx.egress, tier, runtime));
	}
	if (ctx.tiers.offered().length === 0) throw nothingToOffer(ctx, proof);
}

/** Proves anew whenever a verdict has become a day old, until `signal` aborts. */
export async function keepProving(ctx: NodeContext, proof: Proof): Promise<void> {
	const options = { name: "canary", everyMs: LOOK_AGAIN_MS, signal: ctx.draining, log: ctx.log };
	await repeat(options, async () => {
		await prove(ctx, proof).catch((error: unknown) => {
			// Nothing is offered now; the node stays for the jobs in hand, and says so each hour.
			if (!(error instanceof OperatorError)) throw error;
			ctx.log.error(error.message);
		});
	});
}

function recorded(ctx: NodeContext, info: EngineInfo, runtime: string): CanaryVerdict | undefined {
	const text = ctx.journal.get(`canary ${runtime}`);
	const record = text === undefined ? undefined : recordSchema.safeParse(JSON.parse(text)).data;
	if (!record || record.fingerprint !== fingerprint(ctx, info, runtime)) return undefined;
	const age = Date.now() - record.at;
	const verdict = { broken: record.broken, seen: record.seen };
	// Only good news keeps: what was broken may be mended by now.
	return age >= 0 && age < VALID_MS && isProven(verdict, ctx.client.deployment.chainId) ? verdict : undefined;
}

async function runAndRecord(ctx: NodeContext, info: EngineInfo, runtime: string): Promise<CanaryVerdict> {
	const began = performance.now();
	const verdict = await retry(() => runOnce(ctx, runtime), { signal: ctx.draining, attempts: 3 });
	ctx.log.info({ runtime, broken: verdict.broken, ms: Math.round(performance.now() - began) }, "canary ran");
	const record = { fingerprint: fingerprint(ctx, info, runtime), at: Date.now(), ...verdict };
	ctx.journal.set(`canary ${runtime}`, JSON.stringify(record));
	return verdict;
}

function runOnce(ctx: NodeContext, runtime: string): Promise<CanaryVerdict> {
	const { engine, host } = ctx;
	return runCanary({ engine, host, runtime, dir: join(ctx.stateDir, "canary"), ...canaryOf(ctx, runtime) });
}

function canaryOf(ctx: NodeContext, what: string): { name: string; labels: Record<string, string> } {
	const name = `depin-canary-${ctx.account.address.slice(2, 10).toLowerCase()}-${what.replace(/[^\w-]/g, "-")}`;
	return { name, labels: { ...ourLabels(ctx), "depin.canary": what } };
}

async function lookAround(
	ctx: NodeContext,
	info: EngineInfo,
	means: EgressMeans,
	tier: Tier,
	runtime: string,
): Promise<string | undefined> {
	const key = `egress canary ${runtime}`;
	const facts = JSON.stringify([info.version, info.runtimeConfigs[runtime], means]);
	const inputs = createHash("sha256").update(facts).digest("hex");
	const [last, at] = (ctx.journal.get(key) ?? "").split(" ");
	// As with the canary, only good news keeps.
	if (last === inputs && Math.abs(Date.now() - Number(at)) < VALID_MS) return undefined;
	const task = { engine: ctx.engine, host: ctx.host, ...canaryOf(ctx, `${runtime}-net`) };
	const look = () => runEgressCanary(task, runtime, means, ctx.draining);
	const seen = await retry(look, { signal: ctx.draining, attempts: 3 });
	if (seen === undefined) ctx.journal.set(key, `${inputs} ${Date.now()}`);
	else ctx.log.error({ tier, runtime }, `no job of tier ${tier} gets a network: ${seen}`);
	return seen;
}

/** Everything a verdict depends on that a restart may have changed. */
function fingerprint({ host }: Pick<NodeContext, "host">, info: EngineInfo, runtime: string): string {
	const body = createBody({ ...PLAN, runtime, uid: host.uid, openFiles: host.openFiles }, []);
	const facts = [info.version, info.runtimeConfigs[runtime], host.quota, host.ownerUid, PROBE_LIMITS, body];
	return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

/** Any plan: what `createBody` makes of it shows when the limits themselves have changed. */
const PLAN = {
	name: "",
	labels: {},
	imageId: "",
	spec: probeSpec(""),
	taskIndex: 0,
	outputsDir: "",
	inputs: [],
	gpuUuids: [],
};

function nothingToOffer(ctx: NodeContext, { verdicts }: Proof): OperatorError {
	const rejected = [...verdicts].filter(([, { broken }]) => broken.length > 0);
	if (rejected.some(([, { broken }]) => broken.every((limit) => limit === "bytes" || limit === "inodes"))) {
		return new OperatorError(
			"quota-missing",
			`chain ${ctx.client.deployment.chainId} is not a local one, and this node cannot give outputs a file system of their own size, so one job could fill the disk. ` +
				"Nothing ran. Install the quota helper (docs/provider.md, step 4), or run the node as root.",
		);
	}
	const reasons = rejected.map(([runtime, { seen }]) => `${runtime}: ${seen}`).join("; ");
	return new OperatorError(
		"no-tier",
		`no isolation tier of this machine can be offered${reasons ? ` (${reasons})` : ": the engine lists no runtime for one"}. Nothing ran. depin-worker doctor says what to mend.`,
	);
}
