import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createMarketClient, draftOrder, type MarketClient, type Order, orderId, packTerms } from "depin";
import { encodeMarketCall, getJob, getParams } from "depin/actions";
import { createBundle, parseSpec, saveImage } from "depin/jobs";
import { type ContentClient, createContentClient, encodeUri, importBytes, importPath, upload } from "depin/storage";
import { privateKeyToAccount } from "viem/accounts";
import { type ContainerStart, containerStarts } from "../devnet/containerStarts.ts";
import { type Devnet, startDevnet } from "../devnet/devnet.ts";
import { BASE_IMAGE, ensureBaseImage } from "../engine/baseImage.ts";
import type { Engine } from "../engine/ensure.ts";
import { SetupFailure } from "../setup/failure.js";
import { quantile, round } from "./quantile.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const COMMAND = ["node", "-e", "0"];
const PRICE = 10_000n; // one cent of the devnet's asset
const LABEL = "depin.bench";

/** Milliseconds until the engine says that the container started. */
export interface StartFigures {
	bareP50Ms: number;
	bareP95Ms: number;
	orderP50Ms: number;
	orderP95Ms: number;
	ratioP50: number;
	ratioP95: number;
}

export interface MeasureStartOptions {
	engine: Engine;
	/** Orders, and as many bare containers, taken in turns. */
	runs: number;
	say: (line: string) => void;
	signal: AbortSignal;
}

/**
 * From sending an order's transaction to the start of its container, on a chain that mines at once and a node that has the
 * image; beside it, the same engine's own create and start of the same image.
 */
export async function measureStart({ engine, runs, say, signal }: MeasureStartOptions): Promise<StartFigures> {
	const dir = await mkdtemp(join(ROOT, ".depin/bench-"));
	try {
		await ensureBaseImage(engine.docker);
		const profilePath = join(dir, "profile.json");
		const parts = { mirror: false, keeper: false, nodes: 1, blocks: "auto" } as const;
		await using devnet = await startDevnet({ stateDir: dir, profilePath, engine, say, signal, ...parts });
		const send = await orderSender(devnet, { engine, dir, signal });
		const bare: number[] = [];
		const ordered: number[] = [];
		const market = `depin.market=${devnet.deployment.market.toLowerCase()}`;
		const jobs = startsOf(await containerStarts(engine.docker, market, signal));
		const plain = startsOf(await containerStarts(engine.docker, LABEL, signal));
		await send(jobs); // the first has to fetch the image
		for (let run = 1; run <= runs; run += 1) {
			bare.push(await startBare(engine, plain));
			ordered.push(await send(jobs));
			say(`${run}/${runs}: bare ${bare.at(-1)?.toFixed(0)} ms, order ${ordered.at(-1)?.toFixed(0)} ms`);
		}
		return figures(bare, ordered);
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
}

type NextStart = (isIt: (start: ContainerStart) => boolean) => Promise<number>;

/** Resolves with the time of the first start that answers to the description. */
function startsOf(starts: AsyncGenerator<ContainerStart, void>): NextStart {
	return async (isIt) => {
		while (true) {
			const { value, done } = await starts.next();
			if (done || value === undefined) throw new SetupFailure("the engine's events ended", "is the engine still up?");
			if (isIt(value)) return value.at;
		}
	};
}

/** With what a node gives a job of this kind at least: no network, nothing mounted. */
async function startBare({ docker }: Engine, next: NextStart): Promise<number> {
	const run = randomUUID();
	const HostConfig = { NetworkMode: "none" };
	const began = clock();
	const container = await docker.createContainer({
		Image: BASE_IMAGE,
		Cmd: COMMAND,
		Labels: { [LABEL]: run },
		HostConfig,
	});
	await container.start();
	const took = (await next(({ attributes }) => attributes[LABEL] === run)) - began;
	await container.wait();
	await container.remove();
	return took;
}

/** A function that posts the same job again and gives the milliseconds from sending to start; it returns when the job is done. */
async function orderSender(
	devnet: Devnet,
	{ engine, dir, signal }: { engine: Engine; dir: string; signal: AbortSignal },
): Promise<(next: NextStart) => Promise<number>> {
	const { deployment, rpcUrl, accounts, storage } = devnet;
	const account = privateKeyToAccount(accounts.consumer.key);
	const client = createMarketClient({ ...deployment, rpcUrl, account, pollingIntervalMs: 20 });
	const content = createContentClient({ sources: [storage.url], uploadTo: storage, allowPrivateSources: true });
	const image = await pushBaseImage(content, engine, dir);
	const resources = { cpus: 1, memoryMiB: 256, gpus: 0 };
	const spec = parseSpec({ version: 1, image, command: COMMAND, resources, timeout: 60 });
	const bundle = createBundle({ spec });
	await upload(content, await importBytes(bundle.block.bytes), { name: "bench" });
	const uri = encodeUri({ cid: bundle.cid, sources: [storage.url] });
	const params = await getParams(client);
	const work = { taskRoot: bundle.taskRoot, manifest: bundle.digest, lots: 1, tasksPerLot: 1, timeout: spec.timeout };
	const choices = { class: 1, maxPrice: PRICE, challengeFor: 60 };
	return async (next) => {
		const now = Number((await client.getBlock()).timestamp);
		const order = draftOrder({ consumer: account.address, choices, work, params, now });
		const data = encodeMarketCall("post", [packTerms(order), uri]);
		const request = await client.prepareTransactionRequest({ account, to: deployment.market, data });
		const serializedTransaction = await client.signTransaction(request);
		const id = orderId(client.deployment, order);
		const began = clock();
		await client.sendRawTransaction({ serializedTransaction });
		const took = (await next(({ attributes }) => attributes["depin.order"] === id)) - began;
		await submitted(client, order, signal);
		return took;
	};
}

async function pushBaseImage(content: ContentClient, { docker }: Engine, dir: string): Promise<string> {
	const archive = join(dir, "base-image.tar");
	await saveImage(BASE_IMAGE, archive, { engine: docker });
	const dag = await importPath(archive);
	await upload(content, dag, { name: "base-image" });
	return dag.root.toString();
}

/** The next order waits for this one, so that each has the whole machine. */
async function submitted(client: MarketClient, order: Order, signal: AbortSignal): Promise<void> {
	while ((await getJob(client, { order, job: 0 })).state !== "submitted-ok") {
		signal.throwIfAborted();
		await new Promise((settle) => setTimeout(settle, 20));
	}
}

const clock = () => performance.timeOrigin + performance.now();

function figures(bare: number[], ordered: number[]): StartFigures {
	const bareP50 = quantile(bare, 0.5);
	const bareP95 = quantile(bare, 0.95);
	const orderP50 = quantile(ordered, 0.5);
	const orderP95 = quantile(ordered, 0.95);
	return {
		bareP50Ms: round(bareP50, 1),
		bareP95Ms: round(bareP95, 1),
		orderP50Ms: round(orderP50, 1),
		orderP95Ms: round(orderP95, 1),
		ratioP50: round(orderP50 / bareP50, 2),
		ratioP95: round(orderP95 / bareP95, 2),
	};
}
