import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Address, getAddress, type Hex, isAddress, isHex } from "viem";
import { z } from "zod";
import { KeyExposedError, ProfileInvalidError, ProfileMissingError } from "./errors.ts";

const address = z.custom<Address>((value) => isAddress(String(value), { strict: false }), "expected an address");
const key = z.custom<Hex>((value) => isHex(value) && value.length === 66, "expected 0x and 64 hex digits");
const url = z.url({ protocol: /^https?$/, error: "expected an http or https URL" });

const profileSchema = z
	.strictObject({
		name: z.string().regex(/^[\w-]{1,64}$/, "expected letters, digits, - and _"),
		chainId: z.int().positive(),
		rpcUrl: url,
		market: address.transform((text) => getAddress(text)),
		asset: address.transform((text) => getAddress(text)),
		/** Block of the deployment. */
		fromBlock: z
			.string()
			.regex(/^\d{1,20}$/, "expected a decimal string")
			.default("0")
			.transform(BigInt),
		/** Where inputs and images go, and where content is asked for first. */
		storage: z.strictObject({ url, token: z.string().min(1).optional() }).optional(),
		indexer: z.strictObject({ url }).optional(),
		/** Lets content sources that others name be on the local network; only for a local chain. */
		allowPrivateSources: z.boolean().default(false),
		/** The account that pays and signs. */
		key: key.optional(),
		/** Instead of a key: the wallet file that holds it, from the profile's folder on. */
		keystore: z.string().min(1).optional(),
		explorer: url.nullish(),
	})
	.refine(({ key, keystore }) => !key || !keystore, {
		path: ["keystore"],
		error: "stands beside a key; keep one of them",
	});

/** Which Market to talk to, through what, as whom. */
export type Profile = z.output<typeof profileSchema> & { path: string };

export type FindProfileParameters = {
	/** A name, or a path to a file; default: DEPIN_PROFILE, the nearest clone's devnet, the user's default. */
	wanted?: string | undefined;
	cwd: string;
	env: Readonly<Record<string, string | undefined>>;
};

/** Reads the profile that applies here. */
export function findProfile({ wanted, cwd, env }: FindProfileParameters): Profile {
	const name = wanted ?? (env.DEPIN_PROFILE || undefined);
	const candidates = name && isPath(name) ? [resolve(cwd, name)] : profilePaths(name, cwd, env);
	const path = candidates.find((candidate) => existsSync(candidate));
	if (!path) throw new ProfileMissingError(name, candidates.slice(0, 3).concat(candidates.slice(-1)).filter(distinct));
	return readProfile(path);
}

/** Nearest `.depin/profiles/<name>.json` going up from `cwd`, then the user's own folder. */
function profilePaths(name: string | undefined, cwd: string, env: FindProfileParameters["env"]): string[] {
	const own = join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "depin/profiles");
	const paths: string[] = [];
	for (let folder = resolve(cwd); ; folder = dirname(folder)) {
		paths.push(join(folder, ".depin/profiles", `${name ?? "devnet"}.json`));
		if (folder === dirname(folder)) break;
	}
	return [...paths, join(own, `${name ?? "default"}.json`)];
}

function readProfile(path: string): Profile {
	let content: unknown;
	try {
		content = JSON.parse(readFileSync(path, "utf8"));
	} catch (cause) {
		throw new ProfileInvalidError(path, [cause instanceof Error ? cause.message : String(cause)], cause);
	}
	const parsed = profileSchema.safeParse(content);
	if (!parsed.success) {
		const problems = parsed.error.issues.map(({ path: field, message }) => `${field.join(".") || "it"}: ${message}`);
		throw new ProfileInvalidError(path, problems, parsed.error);
	}
	if (parsed.data.key && statSync(path).mode & 0o077) throw new KeyExposedError(path);
	const { keystore, ...profile } = parsed.data;
	return { ...profile, path, ...(keystore === undefined ? {} : { keystore: resolve(dirname(path), keystore) }) };
}

function isPath(text: string): boolean {
	return text.includes("/") || text.endsWith(".json");
}

function distinct<T>(item: T, index: number, all: readonly T[]): boolean {
	return all.indexOf(item) === index;
}
