import { join, resolve } from "node:path";
import type { Hex } from "viem";
import { ensureBaseImage } from "../engine/baseImage.ts";
import type { Engine } from "../engine/ensure.ts";
import { type Devnet, startDevnet } from "./devnet.ts";
import { storeExamples } from "./examples.ts";
import type { StartOptions } from "./options.ts";
import { runExample } from "./order.ts";
import { DEFAULT_PORTS } from "./ports.ts";
import { type Example, type Site, serveSite } from "./site.ts";
import { summary } from "./summary.ts";

const ROOT = resolve(import.meta.dirname, "../..");

export interface RunMarketParts {
	engine: Engine;
	stateDir: string;
	/** When the person's command began and when the set-up was ready, milliseconds. */
	began: number;
	ready: number;
	say: (line: string) => void;
	signal: AbortSignal;
}

/** The market from its first process to its last, and the example order in between. Returns the exit code. */
export async function runMarket(options: StartOptions, parts: RunMarketParts): Promise<number> {
	const { engine, stateDir, began, ready, say, signal } = parts;
	const starting = startDevnet({
		stateDir,
		profilePath: options.dir === undefined ? join(ROOT, ".depin/profiles/devnet.json") : join(stateDir, "profile.json"),
		engine,
		ports: options.anyPort ? {} : DEFAULT_PORTS,
		reset: options.reset,
		say,
		signal,
	});
	await using devnet = await alongside(starting, baseImage(engine, say));
	await using site = await serveSite(devnet, { port: devnet.sitePort });
	say(`web page at ${site.url}`);
	let code = 0;
	let last = "";
	let offering = Promise.resolve();
	const offer = (digits: Hex | undefined) => {
		if (!options.once) offering = offerExamples(devnet, site, { digits, say, signal });
	};
	if (!options.order) offer(undefined);
	if (options.order) {
		const order = runExample(devnet, {
			engine,
			stateDir,
			say,
			onPosted: offer,
			signal,
			began: { command: began, devnet: ready, order: Date.now() },
		});
		const story = await Promise.race([order, devnet.failed]);
		console.log(summary(story));
		last = JSON.stringify(story.report);
		code = story.report.paid && story.report.verified ? 0 : 1;
	}
	if (!options.once) {
		console.log(addresses(devnet, site));
		if (options.json && last !== "") console.log(last);
		await Promise.race([aborted(signal), devnet.failed]);
	}
	say("stopping …");
	await site.close();
	await devnet.stop();
	await offering;
	say("stopped; nothing of it is left running");
	if (options.once && options.json) console.log(last);
	return code;
}

type OfferOptions = Pick<RunMarketParts, "say" | "signal"> & { digits: Hex | undefined };

/** The page offers each example as soon as it can be ordered. The market goes on without those that cannot be stored. */
async function offerExamples(devnet: Devnet, site: Site, { digits, say, signal }: OfferOptions): Promise<void> {
	const offered: Example[] = [];
	const onStored = (example: Example) => {
		offered.push(example);
		site.offer(offered);
	};
	try {
		await storeExamples(devnet, { digits, signal, onStored });
	} catch (error) {
		if (!signal.aborted) say(`the page offers ${offered.length} examples; the next one could not be stored, ${error}`);
	}
}

/** Waits for both; when the image fails, the devnet that came up meanwhile is taken down again. */
async function alongside(starting: Promise<Devnet>, image: Promise<unknown>): Promise<Devnet> {
	const [devnet, base] = await Promise.allSettled([starting, image]);
	if (devnet.status === "rejected") throw devnet.reason;
	if (base.status === "fulfilled") return devnet.value;
	await devnet.value.stop();
	throw base.reason;
}

async function baseImage({ docker }: Engine, say: (line: string) => void): Promise<void> {
	const { tag, built } = await ensureBaseImage(docker);
	if (built) say(`image ${tag} made from the pinned Node, for jobs to build on`);
}

function addresses({ rpcUrl, gateway, storage, nodes, keeper, profilePath, deployment }: Devnet, site: Site): string {
	return [
		`page     ${site.url}`,
		`chain    ${rpcUrl}  (Market ${deployment.market})`,
		...(gateway === undefined ? [] : [`indexer  ${gateway.url}/v1/orders  ${gateway.url}/v1/stream`]),
		`storage  ${storage.url}`,
		...nodes.map(({ name, url }) => `${name}   ${url}/metrics`),
		...(keeper === undefined ? [] : [`keeper   ${keeper.url}/metrics`]),
		`profile  ${profilePath}`,
		"",
		"in another terminal: npx --no depin run examples/digits/job.yaml --wait",
		"Ctrl-C stops everything",
	].join("\n");
}

function aborted(signal: AbortSignal): Promise<void> {
	return new Promise((settle) => {
		if (signal.aborted) settle();
		else signal.addEventListener("abort", () => settle(), { once: true });
	});
}
