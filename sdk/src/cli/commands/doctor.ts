import Docker from "dockerode";
import { getAsset } from "../../actions/getAsset.ts";
import { formatAsset } from "../../chain/amounts.ts";
import type { MarketClient } from "../../chain/client.ts";
import { DepinError, shortMessageOf } from "../../errors/base.ts";
import { createIndexerClient } from "../../indexer/client.ts";
import type { CommandModule } from "../commandModule.ts";
import type { Context } from "../context.ts";
import { DoctorError } from "../errors.ts";
import { table } from "../output.ts";
import { findProfile, type Profile } from "../profile.ts";
import { checkChain, connect } from "../session.ts";

/** One thing looked at. `optional` ones only warn: posting and paying works without them. */
type Finding = { name: string; ok: boolean; optional: boolean; says: string; fix: string | null };

const ANSWER_MS = 3_000;

export const doctor: CommandModule = {
	usage: "doctor",
	summary: "check everything the other commands need, and say how to fix what is missing",
	examples: ["depin doctor", "depin doctor --json"],
	run: async (context) => {
		const findings = await examine(context);
		const failed = findings.filter(({ ok, optional }) => !ok && !optional).map(({ name }) => name);
		const mark = ({ ok, optional }: Finding) =>
			ok
				? context.out.paint("green", "ok")
				: context.out.paint(optional ? "yellow" : "red", optional ? "warn" : "FAIL");
		context.out.answer({ healthy: failed.length === 0, checks: findings }, [
			...table(findings.map((finding) => [mark(finding), finding.name, finding.says])),
			...findings.flatMap(({ ok, name, fix }) => (ok || !fix ? [] : [`${name}: ${fix}`])),
		]);
		if (failed.length > 0) throw new DoctorError(failed);
	},
};

async function examine(context: Context): Promise<Finding[]> {
	const node = await look("node", false, () => `Node ${process.versions.node}`);
	const engine = look("engine", true, engineSays, "Needed only to build images: start Docker.");
	let profile: Profile | undefined;
	const found = await look("profile", false, () => {
		profile = findProfile({ wanted: context.options.profile, cwd: context.cwd, env: context.env });
		return `${profile.name} (${profile.path})`;
	});
	if (!profile) return [node, found, await engine];
	return [node, found, ...(await examineProfile(profile, context)), await engine];
}

async function examineProfile(profile: Profile, context: Context): Promise<Finding[]> {
	let client: MarketClient | undefined;
	const key = await look("key", false, () => {
		client = connect(profile, context);
		return client.account?.address ?? "none: reading works, signing does not";
	});
	if (!client) return [key];
	const { account } = client;
	const reader = client;
	const chain = await look("chain", false, async () => {
		await checkChain(reader, profile);
		return `chain ${profile.chainId} at block ${await reader.getBlockNumber()}, Market ${profile.market}`;
	});
	const rest = await Promise.all([
		...(chain.ok ? [look("asset", false, () => assetSays(reader)), look("gas", !account, () => gasSays(reader))] : []),
		look("storage", false, () => storageSays(profile), "Start the storage node, or correct the profile's storage."),
		look("indexer", true, () => indexerSays(profile, reader), "Needed only for lists and the web pages: start it."),
	]);
	return [key, chain, ...rest];
}

async function look(
	name: string,
	optional: boolean,
	says: () => string | Promise<string>,
	fix?: string,
): Promise<Finding> {
	try {
		return { name, ok: true, optional, says: await says(), fix: null };
	} catch (error) {
		const hint = error instanceof DepinError ? error.hint : undefined;
		return { name, ok: false, optional, says: shortMessageOf(error), fix: fix ?? hint ?? null };
	}
}

async function engineSays(): Promise<string> {
	const { Version } = await new Docker({ timeout: ANSWER_MS }).version();
	return `Docker ${Version}`;
}

async function assetSays(client: MarketClient): Promise<string> {
	const asset = await getAsset(client);
	return `${asset.symbol} at ${asset.address}, ${asset.decimals} decimals, e.g. ${formatAsset(10n ** BigInt(asset.decimals), asset)}`;
}

async function gasSays(client: MarketClient): Promise<string> {
	if (!client.account) return "no key, no gas needed";
	const balance = await client.getBalance({ address: client.account.address });
	if (balance > 0n) return "the account can pay transaction fees";
	throw new DepinError(`${client.account.address} holds none of the chain's own coin`, {
		hint: `Send some to ${client.account.address}: every transaction costs a fee.`,
	});
}

async function storageSays({ storage }: Profile): Promise<string> {
	if (!storage)
		throw new DepinError("the profile names no storage", { hint: "Add storage.url and storage.token to it." });
	await answerOf(new URL("/ready", storage.url), {});
	if (!storage.token) return `${storage.url} answers; no token, so images and inputs cannot be uploaded`;
	await answerOf(new URL("/v1/pins", storage.url), { authorization: `Bearer ${storage.token}` });
	return `${storage.url} answers and takes uploads`;
}

async function answerOf(url: URL, headers: Record<string, string>): Promise<void> {
	let response: Response;
	try {
		response = await fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_MS) });
	} catch (cause) {
		throw new DepinError(`no answer from ${url.origin}`, { cause });
	}
	await response.body?.cancel();
	if (!response.ok) throw new DepinError(`${url.origin}${url.pathname} answered ${response.status}`);
}

async function indexerSays({ indexer, market }: Profile, client: MarketClient): Promise<string> {
	if (!indexer) throw new DepinError("the profile names no indexer");
	const status = await createIndexerClient({ ...indexer, signal: AbortSignal.timeout(ANSWER_MS) }).status();
	if (status.market !== market.toLowerCase())
		throw new DepinError(`${indexer.url} mirrors the Market ${status.market}`);
	return `${indexer.url} is ${Number(await client.getBlockNumber()) - status.block} blocks behind`;
}
