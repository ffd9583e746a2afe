import { createHash } from "node:crypto";
import { callHttp, type HttpAnswer } from "depin/storage";
import { z } from "zod";
import { parseJson } from "./json.ts";
import type { ImageReference } from "./reference.ts";

const MANIFEST_TYPES = [
	"application/vnd.oci.image.index.v1+json",
	"application/vnd.docker.distribution.manifest.list.v2+json",
	"application/vnd.oci.image.manifest.v1+json",
	"application/vnd.docker.distribution.manifest.v2+json",
];
/** What registries themselves take at most. */
const MAX_MANIFEST_BYTES = 4 * 2 ** 20;
const MAX_TOKEN_BYTES = 64 * 1024;

/** A registry does not give what was asked of it. */
export class RegistryError extends Error {
	override readonly name = "RegistryError";
	/** It may be restarting, or busy; what it has or has not stays as it is. */
	readonly retriable: boolean;
	constructor(message: string, retriable = false) {
		super(message);
		this.retriable = retriable;
	}
}

/** Reads of one repository, of public content only, each bounded and checked against its digest. */
export type Repository = {
	/** By digest, checked; or by tag, for what only a signature can vouch for. Undefined when the registry has none. */
	manifest(digestOrTag: string): Promise<Uint8Array | undefined>;
	blob(digest: string, maxBytes: number): Promise<Uint8Array>;
	/** Manifests that say they are about this digest; none where the registry keeps no such list. */
	referrers(digest: string): Promise<Uint8Array | undefined>;
};

/**
 * @param allowPrivate whether a registry may be on this machine or its network: a stranger names it
 */
export function openRepository(
	{ registry, repository }: Pick<ImageReference, "registry" | "repository">,
	{ allowPrivate, signal }: { allowPrivate: boolean; signal: AbortSignal },
): Repository {
	let authorization: string | undefined;

	async function get(path: string, accept: string, maxBytes: number): Promise<Uint8Array | undefined> {
		const url = `${registry}/v2/${repository}/${path}`;
		const call = () => {
			const headers = { accept, ...(authorization !== undefined && { authorization }) };
			return callHttp(url, { headers, allowPrivate, maxBytes, signal });
		};
		let answer = await call();
		if (answer.status === 401 && authorization === undefined) {
			const token = await askToken(answer.headers["www-authenticate"] ?? "");
			await discard(answer);
			authorization = `Bearer ${token}`;
			answer = await call();
		}
		if (answer.status === 404) return void (await discard(answer));
		if (answer.status !== 200) {
			await discard(answer);
			const passes = answer.status >= 500 || answer.status === 429;
			throw new RegistryError(`${registry} answered ${answer.status} for ${repository}/${path}`, passes);
		}
		return bytesOf(answer);
	}

	/** What a registry gives to whoever asks; images that need a login are not for strangers' machines. */
	async function askToken(challenge: string): Promise<string> {
		const parameters = new Map(
			[...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
		);
		const realm = parameters.get("realm") ?? "";
		if (!/^bearer /i.test(challenge) || !URL.canParse(realm))
			throw new RegistryError(`${registry} wants a login for ${repository}`);
		const url = new URL(realm);
		for (const name of ["service", "scope"]) url.searchParams.set(name, parameters.get(name) ?? "");
		const answer = await callHttp(url.href, { allowPrivate, maxBytes: MAX_TOKEN_BYTES, signal });
		const said = tokenSchema.safeParse(parseJson(await bytesOf(answer)));
		const token = said.data?.token ?? said.data?.access_token;
		if (answer.status !== 200 || token === undefined)
			throw new RegistryError(`${registry} wants a login for ${repository}`);
		return token;
	}

	return {
		async manifest(name) {
			const bytes = await get(`manifests/${name}`, MANIFEST_TYPES.join(", "), MAX_MANIFEST_BYTES);
			if (bytes !== undefined && name.startsWith("sha256:")) demandDigest(bytes, name, registry);
			return bytes;
		},
		async blob(digest, maxBytes) {
			const bytes = await get(`blobs/${digest}`, "*/*", maxBytes);
			if (bytes === undefined) throw new RegistryError(`${registry} does not have ${digest}`);
			demandDigest(bytes, digest, registry);
			return bytes;
		},
		referrers: (digest) => get(`referrers/${digest}`, MANIFEST_TYPES[0] ?? "", MAX_MANIFEST_BYTES),
	};
}

const tokenSchema = z.looseObject({ token: z.string().optional(), access_token: z.string().optional() });

async function bytesOf({ body }: HttpAnswer): Promise<Uint8Array> {
	const parts: Uint8Array[] = [];
	for await (const part of body) parts.push(part);
	return Buffer.concat(parts);
}

const discard = ({ body }: HttpAnswer) => body.return(undefined);

function demandDigest(bytes: Uint8Array, digest: string, registry: string): void {
	const found = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
	if (found !== digest) throw new RegistryError(`${registry} sent other bytes for ${digest}; nothing of it was used`);
}
