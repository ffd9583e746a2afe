import { randomBytes } from "node:crypto";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type JobSpec, type Reason, reasons } from "depin/jobs";
import { type ContentClient, createContentClient, digestOfCid } from "depin/storage";
import type { Hex } from "viem";
import { egressConfigSchema } from "../egress/allowance.ts";
import { egressMeans } from "../egress/means.ts";
import { DEFAULT_SOCKET, dockerEngine } from "../engine/docker.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import { createCache } from "./cache/cache.ts";
import { noOutputs } from "./container.ts";
import { type ContentCache, createContentCache } from "./content.ts";
import { gpuUuids } from "./gpus.ts";
import { hostAbilities } from "./host.ts";
import { type Journal, openJournal } from "./journal.ts";
import { runAgain } from "./runAgain.ts";
import { reasonOfFailure } from "./runTask.ts";
import { createTierOffer } from "./tierOffer.ts";

/** Whoever runs a task again has read its spec: it may reach what the spec names. */
const ANYWHERE = egressConfigSchema.unwrap().parse({ allow: ["*"] });
const KEEP_FREE_BYTES = 256 * 2 ** 20;
const MAX_IMAGE_BYTES = 64 * 2 ** 30;

export type RerunParameters = {
	/** The task's resolved spec, its parameters merged into `env`. */
	spec: JobSpec;
	/** Global index of the task in its order. */
	index: number;
	/** Gateways that have image and inputs. */
	sources: string[];
	/** Gets `outputs/` and `log.txt`; must not have them yet. */
	out: string;
	/** The container engine's; default Docker's own. */
	socketPath?: string;
	signal: AbortSignal;
};

export type RerunReport = {
	outputsCid: string;
	outputDigest: Hex;
	exitCode: number;
	/** As it would stand on chain. */
	status: number;
	reason: Reason;
	/** What a reason does not say: the path that was refused, the CID nobody has. */
	detail: string | undefined;
};

/**
 * Runs one task again under the very limits a node runs it under, for whoever wants to know whether a result is true.
 * Needs no chain, key or node.
 */
export async function rerun(parameters: RerunParameters): Promise<RerunReport> {
	const { spec, index, sources, out, socketPath = DEFAULT_SOCKET, signal } = parameters;
	const work = join(out, `.rerun-${randomBytes(4).toString("hex")}`);
	await mkdir(work, { recursive: true });
	const engine = dockerEngine({ socketPath });
	const journal = openJournal(join(work, "rerun.db"));
	const client = createContentClient({ sources, allowPrivateSources: true }); // all named by whoever runs this
	const name = `depin-rerun-${randomBytes(6).toString("hex")}`;
	const dir = join(work, "task");
	try {
		const info = await engine.info();
		const cache = contentFor(engine, client, journal, { work, rootDir: info.rootDir });
		const tiers = createTierOffer({
			floor: "container",
			runtimes: info.runtimes,
			holds: () => true,
			connects: () => true,
		});
		const egress =
			spec.network === "none" ? undefined : await egressMeans(ANYWHERE, { engine, journal, stateDir: work });
		const run = {
			engine,
			cache,
			tiers,
			egress,
			name,
			labels: { "depin.rerun": name },
			dir,
			spec,
			index,
			sources: [],
			signal,
		};
		const machine = { host: await hostAbilities(info), gpuUuids: await gpuUuids(spec.resources.gpus) };
		return await runAgain({ ...run, ...machine }, async (outcome, outputsDir) => {
			// A refused directory may hold anything; it counts as empty, and is left behind.
			if (outcome.detail === undefined)
				await cp(outputsDir, join(out, "outputs"), { recursive: true, errorOnExist: true, force: false });
			await writeFile(join(out, "log.txt"), outcome.logs.bytes, { flag: "wx" });
			return reportOf(outcome.outputs.root, outcome.state.exitCode, outcome.reason, outcome.detail);
		});
	} catch (error) {
		const failure = reasonOfFailure(error);
		if (!failure) throw error;
		return reportOf((await noOutputs()).root, 0, failure.reason, failure.detail);
	} finally {
		engine.close();
		journal.close();
		await rm(work, { recursive: true, force: true });
	}
}

/** For one task: nothing is thrown away for it, and no image is refused for want of a signature. */
function contentFor(
	engine: ContainerEngine,
	client: ContentClient,
	journal: Journal,
	{ work, rootDir }: { work: string; rootDir: string },
): ContentCache {
	const watermarks = { high: Number.POSITIVE_INFINITY, low: Number.POSITIVE_INFINITY };
	const limits = { watermarks, keepFree: KEEP_FREE_BYTES };
	const events = { evicting: async () => {}, evicted: () => {}, holds: () => {} };
	const disks = { image: rootDir, input: work, outputs: work };
	const cache = createCache({ journal, engine, stateDir: work, disks, limits, events });
	const rules = { maxBytes: MAX_IMAGE_BYTES, signatures: [] };
	return createContentCache({ client, engine, cache, stateDir: work, rules, holders: () => new Set() });
}

function reportOf(
	root: Parameters<typeof digestOfCid>[0],
	exitCode: number,
	reason: Reason,
	detail: string | undefined,
): RerunReport {
	return {
		outputsCid: root.toString(),
		outputDigest: digestOfCid(root),
		exitCode,
		status: reasons[reason].status,
		reason,
		detail,
	};
}
