import type { MarketClient } from "depin";
import type { PrivateKeyAccount } from "viem";
import { dockerEngine } from "../engine/docker.ts";
import { type NodeConfig, nodeConfigSchema } from "../node/config.ts";
import { createFactsReader } from "../node/facts.ts";
import { gpuUuids } from "../node/gpus.ts";
import { connectChain } from "../runtime/chain.ts";
import { besideConfig, loadConfig } from "../runtime/config.ts";
import { oneLine } from "../runtime/errors.ts";
import { loadKey } from "../runtime/keyFile.ts";
import { publicUrl } from "../runtime/log.ts";
import { engineTrouble, quotaTrouble, stateDirTrouble, tierTrouble } from "./machine.ts";

/** What is wrong and what mends it. `warning`: the node runs all the same. */
export type Trouble = { cause: string; fix: string; warning?: boolean };

export type Finding = { check: string; says: string; trouble: Trouble | undefined };

const ANSWER_MS = 5_000;

/** Looks at everything a node needs before it may earn, in the order in which one thing needs the other. Changes nothing. */
export async function examine(configFile: string): Promise<Finding[]> {
	const findings: Finding[] = [];
	/** Runs one check; what it returns is good news in words, what it throws is mended by `fix`. */
	async function check(name: string, fix: string, look: () => Promise<string | Trouble>): Promise<boolean> {
		const said = await look().catch((error: unknown) => ({ cause: oneLine(error), fix }));
		const trouble = typeof said === "string" ? undefined : said;
		findings.push({ check: name, says: typeof said === "string" ? said : said.cause, trouble });
		return trouble === undefined;
	}

	let config: NodeConfig | undefined;
	await check(
		"configuration",
		"Correct the field the message names; docs/operations.md shows a whole file.",
		async () => {
			config = await loadConfig(configFile, nodeConfigSchema);
			return configFile;
		},
	);
	if (!config) return findings;
	const settings = config;
	const stateDir = besideConfig(configFile, settings.stateDir);

	let account: PrivateKeyAccount | undefined;
	await check("key", "Make one with depin-worker init, or name the file it is in.", async () => {
		account = await loadKey(settings.key, configFile);
		return account.address;
	});
	await check("state", "Name a folder this user may write to in stateDir.", () => stateDirTrouble(stateDir));
	await checkMachine(check, settings);
	await checkChain(check, settings, account);
	await check("storage", "Start depin-worker storage there, or correct storage.url.", () => storageTrouble(settings));
	return findings;
}

type Check = (name: string, fix: string, look: () => Promise<string | Trouble>) => Promise<boolean>;

async function checkMachine(check: Check, { engine: { socket, quotaSocket }, tiers, capacity }: NodeConfig) {
	const engine = dockerEngine({ socketPath: socket });
	const up = await check("engine", "Start Docker: sudo systemctl start docker.", () => engineTrouble(engine, socket));
	if (up) await check("tiers", "Register the runtime with the engine.", () => tierTrouble(engine, tiers));
	engine.close();
	await check("quota", "Install e2fsprogs and mount.", () => quotaTrouble(quotaSocket));
	if (capacity.gpus > 0)
		await check("GPUs", "Install the NVIDIA driver, or set capacity.gpus to what nvidia-smi lists.", async () => {
			return `${(await gpuUuids(capacity.gpus)).length} by UUID`;
		});
}

async function checkChain(check: Check, config: NodeConfig, account: PrivateKeyAccount | undefined) {
	let client: MarketClient | undefined;
	await check(
		"chain",
		"Correct chain.rpcUrl and chain.market; the endpoint must answer from this machine.",
		async () => {
			const late = AbortSignal.timeout(ANSWER_MS);
			client = await connectChain(config.chain, { signal: late }).catch((error: unknown) => {
				throw late.aborted ? new Error(`${publicUrl(config.chain.rpcUrl)} does not answer`) : error;
			});
			return `chain ${client.deployment.chainId}, Market ${client.deployment.market}`;
		},
	);
	if (!client || !account) return;
	const [reader, { address }] = [client, account];
	await check("gas", "Send the node's key a little of the chain's coin.", async () => {
		const balance = await reader.getBalance({ address });
		if (balance > 0n) return "the key can pay for transactions";
		return {
			cause: `${address} has no coin, so it cannot claim`,
			fix: `Send a little of the chain's coin to ${address}.`,
		};
	});
	await check("registration", "Correct owner in the configuration, or register a fresh key.", async () => {
		const facts = await createFactsReader(reader, {
			node: address,
			owner: config.owner,
			class: config.class,
		}).refresh();
		if (!facts.registered)
			return {
				cause: `${address} is not registered`,
				fix: "The owner runs depin provider register with the consent that depin-worker init printed.",
			};
		if (facts.class !== config.class)
			return { cause: `it is registered for class ${facts.class}`, fix: `Set class to ${facts.class}.` };
		if (facts.active) return `active in class ${facts.class}`;
		return { cause: "it is registered but not active", fix: "The owner tops up its stake: depin provider stake." };
	});
}

async function storageTrouble({ storage: { url, token } }: NodeConfig): Promise<string | Trouble> {
	const headers = { authorization: `Bearer ${token}` };
	const address = new URL("/v1/pins", url);
	const answer = await fetch(address, { headers, signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => undefined);
	await answer?.body?.cancel();
	if (!answer)
		return { cause: `nothing answers at ${url}`, fix: "Start depin-worker storage there, or correct storage.url." };
	if (answer.status === 401 || answer.status === 403)
		return {
			cause: `${url} does not take this token`,
			fix: "Put one of the storage node's tokens into storage.token.",
		};
	if (!answer.ok)
		return { cause: `${url} answers ${answer.status}`, fix: "Check that storage.url is a depin storage node's." };
	return url;
}
