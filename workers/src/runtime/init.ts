import { access, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { marketDomain, nodeConsentTypes } from "depin";
import { type Address, getAddress, type Hex, isAddress } from "viem";
import { z } from "zod";
import { addressSchema, loadConfig } from "./config.ts";
import { OperatorError } from "./errors.ts";
import { createKeyFile } from "./keyFile.ts";

/** What the owner pastes into `depin provider register`: proof that this key wants to work for them. */
export type NodeConsent = {
	owner: Address;
	node: Address;
	class: number;
	/** Unix seconds after which `register` refuses it, as decimal text. */
	deadline: string;
	chainId: number;
	market: Address;
	signature: Hex;
};

export type InitParameters = {
	owner: Address;
	class: number;
	market: Address;
	chainId: number;
	out: string;
	/** Unix seconds now. */
	now: number;
	validForSeconds: number;
};

/** Makes the node's key in `<out>/node.key` (0600) and signs the consent with it. */
export async function initNode(parameters: InitParameters): Promise<{ keyFile: string; consent: NodeConsent }> {
	const { owner, market, chainId, out, now, validForSeconds } = parameters;
	await mkdir(out, { recursive: true, mode: 0o700 });
	const keyFile = resolve(join(out, "node.key"));
	const account = await createKeyFile(keyFile);
	const deadline = BigInt(now + validForSeconds);
	const message = { owner, node: account.address, class: parameters.class, deadline };
	const domain = marketDomain({ chainId, market });
	const signature = await account.signTypedData({
		domain,
		types: nodeConsentTypes,
		primaryType: "NodeConsent",
		message,
	});
	return { keyFile, consent: { ...message, deadline: deadline.toString(), chainId, market, signature } };
}

type InitOptions = {
	owner: Address;
	class: number;
	out: string;
	market?: Address;
	chainId?: number;
	profile?: string;
	days: number;
	json?: true;
};

const written = `
Besides node.key, <dir> gets consent.json for the owner, and with a profile node.json: a configuration to start from.`;

export function initCommand(run: (work: () => Promise<number>) => Promise<void>): Command {
	return new Command("init")
		.description("make a node's key and sign its consent to work for an owner")
		.requiredOption("--owner <address>", "the provider's account: registers, stakes and gets paid", toAddress)
		.requiredOption("--class <n>", "hardware class index", toInteger(65_535))
		.requiredOption("--out <dir>", "folder for node.key")
		.option(
			"--profile <file>",
			"take market and chain from this profile (default: nearest .depin/profiles/devnet.json)",
		)
		.option("--market <address>", "the Market, instead of a profile's", toAddress)
		.option("--chain-id <n>", "the chain, instead of a profile's", toInteger(Number.MAX_SAFE_INTEGER))
		.option("--days <n>", "how long the consent can be used", toInteger(365), 7)
		.option("--json", "print one JSON object")
		.addHelpText("after", written)
		.action((options: InitOptions) => run(() => init(options)));
}

async function init(options: InitOptions): Promise<number> {
	const profile = await profileOf(options);
	const market = options.market ?? profile?.market;
	const chainId = options.chainId ?? profile?.chainId;
	if (!market || !chainId)
		throw new OperatorError(
			"market-unknown",
			"which Market? pass --market and --chain-id, or --profile <file>; npm start writes one",
		);
	const now = Math.floor(Date.now() / 1000);
	const { keyFile, consent } = await initNode({
		...options,
		market,
		chainId,
		now,
		validForSeconds: options.days * 86_400,
	});
	await writeFile(join(options.out, "consent.json"), `${JSON.stringify(consent)}\n`);
	if (profile?.rpcUrl) await writeConfig(join(options.out, "node.json"), options, { ...profile, market });
	if (options.json) {
		console.log(JSON.stringify({ node: consent.node, keyFile, consent }));
		return 0;
	}
	console.log(`node     ${consent.node}`);
	console.log(
		`key      ${keyFile} (keep it on this machine only; it never holds more than gas and signs for its stake)`,
	);
	console.log(`consent  give this to the owner, for depin provider register --consent, within ${options.days} days:`);
	console.log(JSON.stringify(consent));
	return 0;
}

const profileSchema = z.object({
	market: addressSchema,
	chainId: z.int().positive(),
	rpcUrl: z.string().optional(),
	fromBlock: z.string().optional(),
	storage: z.object({ url: z.string(), token: z.string() }).optional(),
	indexer: z.object({ url: z.string() }).optional(),
	allowPrivateSources: z.boolean().optional(),
});

type InitProfile = z.output<typeof profileSchema>;

/** The one named, else the nearest; not asked for when the options say everything. */
async function profileOf({ market, chainId, profile }: InitOptions): Promise<InitProfile | undefined> {
	if (market && chainId && !profile) return undefined;
	const file = profile ?? (await nearestProfile(process.cwd()));
	return file === undefined ? undefined : loadConfig(file, profileSchema);
}

/** What the profile knows; the operator adds what the machine lends out. Kept if it is there already. */
async function writeConfig(file: string, { owner, class: index }: InitOptions, profile: InitProfile): Promise<void> {
	const { market, rpcUrl, fromBlock = "0", storage, indexer, allowPrivateSources } = profile;
	const config = {
		chain: { rpcUrl, market, fromBlock },
		key: { file: "node.key" },
		owner,
		class: index,
		storage: storage ?? { url: "http://127.0.0.1:8180", token: "the storage node's" },
		...(indexer && { gateway: indexer }),
		...(allowPrivateSources && { allowPrivateSources }),
		stateDir: "state",
		// A local network already runs nodes of its own at the usual port.
		...(allowPrivateSources && { listen: { port: 0 } }),
	};
	const options = { mode: 0o600, flag: "wx" };
	await writeFile(file, `${JSON.stringify(config, undefined, "\t")}\n`, options).catch((error: unknown) => {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
	});
}

async function nearestProfile(from: string): Promise<string | undefined> {
	const file = join(from, ".depin/profiles/devnet.json");
	const found = await access(file).then(
		() => true,
		() => false,
	);
	if (found) return file;
	return dirname(from) === from ? undefined : nearestProfile(dirname(from));
}

function toAddress(text: string): Address {
	if (!isAddress(text)) throw new InvalidArgumentError("not an address (0x and 40 hex digits, checksum right)");
	return getAddress(text);
}

function toInteger(max: number) {
	return (text: string): number => {
		const value = Number(text);
		if (!Number.isSafeInteger(value) || value < 1 || value > max)
			throw new InvalidArgumentError(`not a number from 1 to ${max}`);
		return value;
	};
}
