import { writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import type { Hex, LocalAccount } from "viem";
import { addStake } from "../src/actions/addStake.ts";
import { deposit } from "../src/actions/deposit.ts";
import { getConfig } from "../src/actions/getConfig.ts";
import { getOrder } from "../src/actions/getOrder.ts";
import { getReceipt } from "../src/actions/getReceipt.ts";
import { settleJobs } from "../src/actions/settleJobs.ts";
import { type CliResult, profileFolder, runCli } from "./cli.ts";
import { startLocalMarket, testAccount } from "./localMarket.ts";
import { startLocalStorage } from "./localStorage.ts";
import { playNode, type Script } from "./scriptedNode.ts";
import { scriptedPanel } from "./scriptedPanel.ts";

export const consumer = testAccount(1);
export const challenger = testAccount(18);
/** Has gas and nothing else. */
export const poor = testAccount(19);
/** Of as many owners; the first one works, the others can be jurors. */
export const nodes: readonly LocalAccount[] = Array.from({ length: 8 }, (_, n) => testAccount(10 + n));
export const [worker = testAccount(10)] = nodes;
const MORE_STAKE = 50_000_000n;

/** A job that jurors can compare. */
export const EXACT = `version: 1
image: bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku
timeout: 60
match: exact
order: { price: "0.50", challengeFor: 600 }
`;

export type DisputeWorld = Awaited<ReturnType<typeof startDisputeWorld>>;

/** A real chain and a real storage node, and the command as people call it. Node and jurors are scripted, so that they can lie. */
export async function startDisputeWorld() {
	const profiles = profileFolder();
	const [market, storage] = await Promise.all([startLocalMarket(), startLocalStorage()]);
	const { url, token } = storage;
	const profileOf = Object.fromEntries(
		Object.entries({ consumer, challenger, poor }).map(([name, account]) => {
			const profile = { ...profiles.of(market, account), storage: { url, token }, allowPrivateSources: true };
			return [name, profiles.write(name, profile)];
		}),
	);
	for (const account of [consumer, challenger]) await market.mint(account, 1_000_000_000n);
	const client = market.client(worker);

	const as = (who: string, ...args: string[]): Promise<CliResult> =>
		runCli([...args, "--profile", profileOf[who] ?? ""], { cwd: profiles.folder });

	/** Registers the n-th node, with enough stake that a slice less does not suspend it. */
	async function join(n: number): Promise<void> {
		const [owner, node] = [testAccount(2 + n), testAccount(10 + n)];
		await market.registerNode(owner, node);
		await market.mint(owner, MORE_STAKE);
		await deposit(market.client(owner), { amount: MORE_STAKE });
		await addStake(market.client(owner), { node: node.address, amount: MORE_STAKE });
	}

	/** Writes a job file; its path. */
	function file(text: string): string {
		const path = joinPath(profiles.folder, "job.yaml");
		writeFileSync(path, text);
		return path;
	}

	/** A job of the consumer's, waiting for the first node. */
	async function posted(text = EXACT): Promise<{ orderId: Hex; job: string }> {
		const done = await as("consumer", "run", file(text), "--node", worker.address, "--json");
		if (done.code !== 0) throw new Error(done.stderr);
		const { orderId } = done.json();
		return { orderId, job: `${orderId}/0` };
	}

	/** A job that the first node reports as the script says. */
	async function reported(script: Script = {}, text = EXACT): Promise<{ orderId: Hex; job: string }> {
		const { orderId, job } = await posted(text);
		await playNode({ client, account: worker, storage }, { orderId, job: 0 }, script);
		return { orderId, job };
	}

	async function challenged(job: string, ...more: string[]) {
		const done = await as("challenger", "challenge", job, "--json", ...more);
		if (done.code !== 0) throw new Error(done.stderr);
		const { arbiter } = await getConfig(client);
		return scriptedPanel(market, nodes, { dispute: done.json().dispute, arbiter });
	}

	/** What `depin dispute show` prints. */
	async function shown(id: string): Promise<string> {
		const done = await as("consumer", "dispute", "show", id);
		if (done.code !== 0) throw new Error(done.stderr);
		if (process.env["DEPIN_TEST_SHOW"]) console.log(done.stdout);
		return done.stdout;
	}

	/** Pays the first job of an order, after its window. */
	async function settled(orderId: Hex): Promise<void> {
		await market.passTime(700);
		const ref = { orderId, job: 0 };
		const [{ order }, { receipt }] = [await getOrder(client, ref), await getReceipt(client, ref)];
		await settleJobs(client, { order, receipts: [receipt] });
	}

	async function stop(): Promise<void> {
		profiles[Symbol.dispose]();
		await Promise.all([market.stop(), storage.stop()]);
	}
	return { market, client, as, file, join, posted, reported, challenged, shown, settled, stop };
}
