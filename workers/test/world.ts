import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMarketClient, draftOrder, type MarketClient, type Order, type OrderChoices } from "depin";
import { getJobHistory, getParams, postOrder, type TimedEvent } from "depin/actions";
import { createBundle, type JobSpec, type Manifest, openEnvelope, type Parameters, type Statement } from "depin/jobs";
import {
	type ContentClient,
	cidOfDigest,
	createContentClient,
	encodeUri,
	fetchRaw,
	importBytes,
	parseCid,
	RAW,
	readFile as readContent,
	sourcesToName,
	upload,
} from "depin/storage";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { mineEvery, publicClient, testClient } from "../../deploy/devnet/chain.ts";
import { type Devnet, type DevnetOptions, startDevnet } from "../../deploy/devnet/devnet.ts";
import { type Engine, ensureEngine } from "../../deploy/engine/ensure.ts";
import { baseImageDag } from "./baseImageDag.ts";
import { leftovers } from "./leftovers.ts";
import { testSpec } from "./plan.ts";
import { until } from "./until.ts";

/** A local network of real parts, and a consumer who knows how to order. */
export type World = {
	devnet: Devnet;
	engine: Engine;
	client: MarketClient;
	content: ContentClient;
	/** CID of an image that runs Node and nothing else. */
	imageCid: string;
	/** Posts an order; `program` is what `node -e` runs in the container. */
	order(program: string, options?: OrderOptions): Promise<PostedJob>;
	/** A stored file's text. */
	read(cid: string): Promise<string>;
	/** Hashes of transactions that wait for a block. */
	pending(): Promise<readonly Hex[]>;
	/** Whether blocks come by themselves. */
	mining(on: boolean): Promise<void>;
	/** Moves the chain's clock. */
	pass(seconds: number): Promise<void>;
	/** What nodes have on this machine outside their own files just now. */
	leftovers(): Promise<string[]>;
	stop(): Promise<void>;
};

export type OrderOptions = {
	spec?: Partial<JobSpec>;
	parameters?: Parameters[];
	tasksPerLot?: number;
	choices?: Partial<OrderChoices>;
	/** Gateways named by the order beside the network's own. */
	sources?: string[];
};

/** An order under test. Event names as on chain. */
export type PostedJob = {
	orderId: Hex;
	order: Order;
	manifest: Manifest;
	/** Waits for this event of job `job` and returns it. `from`: how many of them must have come before it. */
	event<N extends TimedEvent["eventName"]>(
		name: N,
		job?: number,
		from?: number,
	): Promise<Extract<TimedEvent, { eventName: N }>>;
	/** Every event so far, by name. */
	history(job?: number): Promise<string[]>;
	/** The signed statement of a submitted job. */
	statement(job?: number): Promise<Statement>;
	log(job?: number, task?: number): Promise<string>;
};

/** Of a fast chain: what a story waits for is mostly the next block. */
const BLOCK_MS = 250;

export async function startWorld(options: Partial<DevnetOptions> = {}): Promise<World> {
	const engine = options.engine ?? (await ensureEngine(() => {}));
	const stateDir = await mkdtemp(join(tmpdir(), "depin-world-"));
	const profilePath = join(stateDir, "profile.json");
	const devnet = await startDevnet({ stateDir, profilePath, engine, mirror: false, blocks: BLOCK_MS, ...options });
	const { rpcUrl, deployment, accounts, storage } = devnet;
	const { chainId, market, asset, startBlock } = deployment;
	const account = privateKeyToAccount(accounts.consumer.key);
	const client = createMarketClient({
		chainId,
		market,
		asset,
		rpcUrl,
		account,
		fromBlock: BigInt(startBlock),
		pollingIntervalMs: 100,
	});
	const content = createContentClient({ sources: [storage.url], uploadTo: storage, allowPrivateSources: true });
	const image = await baseImageDag(engine.docker, stateDir);
	await upload(content, image, { name: "base image" });
	const imageCid = image.root.toString();
	const chain = testClient(rpcUrl);
	return {
		devnet,
		engine,
		client,
		content,
		imageCid,
		order: (program, order = {}) => post({ client, content, imageCid }, program, order),
		read: (cid) => textOf(content, cid),
		pending: async () => (await publicClient(rpcUrl).getBlock({ blockTag: "pending" })).transactions,
		mining: (on) => mineEvery(rpcUrl, on ? BLOCK_MS : 0),
		async pass(seconds) {
			await chain.increaseTime({ seconds });
			await chain.mine({ blocks: 1 });
		},
		leftovers: () =>
			leftovers(
				engine.docker,
				stateDir,
				accounts.nodes.map(({ address }) => address),
			),
		async stop() {
			await devnet.stop();
			if (!process.env["DEPIN_TEST_KEEP"]) await rm(stateDir, { recursive: true, force: true });
		},
	};
}

type Consumer = Pick<World, "client" | "content" | "imageCid">;

async function post(
	{ client, content, imageCid }: Consumer,
	program: string,
	options: OrderOptions,
): Promise<PostedJob> {
	const { parameters = [{}], tasksPerLot = 1, choices = {} } = options;
	const spec = testSpec({ image: imageCid, command: ["node", "-e", program], ...options.spec });
	const bundle = createBundle({ spec, parameters, tasksPerLot });
	await upload(content, await importBytes(bundle.block.bytes), { name: "manifest" });
	const consumer = client.account?.address;
	if (!consumer) throw new Error("the consumer's client has no account");
	const order = draftOrder({
		consumer,
		choices: { class: 1, maxPrice: 500_000n, challengeFor: 60, ...choices },
		work: { taskRoot: bundle.taskRoot, manifest: bundle.digest, lots: bundle.lots, tasksPerLot, timeout: spec.timeout },
		params: await getParams(client),
		now: Number((await client.getBlock()).timestamp),
	});
	const uri = encodeUri({ cid: bundle.cid, sources: [...sourcesToName(content), ...(options.sources ?? [])] });
	const { orderId } = await postOrder(client, { order, uri });
	return postedJob({ client, content }, orderId, order, bundle.manifest);
}

function postedJob(
	{ client, content }: Pick<Consumer, "client" | "content">,
	orderId: Hex,
	order: Order,
	manifest: Manifest,
): PostedJob {
	const events = (job: number) => getJobHistory(client, { orderId, job });
	async function event<N extends TimedEvent["eventName"]>(name: N, job = 0, from = 0) {
		return until(`${name} of ${orderId}/${job}`, async () => {
			const named = (await events(job)).filter(
				(one): one is Extract<TimedEvent, { eventName: N }> => one.eventName === name,
			);
			return named[from];
		});
	}
	async function statement(job = 0) {
		const submitted = await event("Submitted", job);
		const block = await fetchRaw(content, cidOfDigest(RAW, submitted.args.result.statementHash));
		return (await openEnvelope(block.bytes)).statement;
	}
	return {
		orderId,
		order,
		manifest,
		event,
		statement,
		history: async (job = 0) => (await events(job)).map(({ eventName }) => eventName),
		async log(job = 0, task = 0) {
			const { tasks } = (await statement(job)).predicate.runDetails.depin;
			const cid = tasks.find(({ index }) => index === task)?.logsCid;
			return cid === undefined ? "" : textOf(content, cid);
		},
	};
}

async function textOf(content: ContentClient, cid: string): Promise<string> {
	return Buffer.from(await readContent(content, parseCid(cid), { maxBytes: 2 ** 21 })).toString();
}
