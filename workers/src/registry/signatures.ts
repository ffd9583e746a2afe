import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { z } from "zod";
import { openRepository, type Repository } from "./client.ts";
import { parseJson } from "./json.ts";
import { parseReference } from "./reference.ts";

/** As cosign writes it: what is signed names the image's digest. */
const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
const SIGNATURE = "dev.cosignproject.cosign/signature";
const MAX_PAYLOAD_BYTES = 64 * 1024;
/** More than anybody signs an image with; a stranger wrote the list. */
const MAX_SIGNATURES = 32;

const payloadSchema = z.looseObject({
	critical: z.looseObject({
		image: z.looseObject({ "docker-manifest-digest": z.string() }),
		type: z.literal("cosign container image signature"),
	}),
});

/** An ECDSA P-256 public key in PEM, as `cosign generate-key-pair` writes it. */
export const publicKeySchema = z.string().refine((pem) => parseKey(pem) !== undefined, {
	error: "must be an ECDSA P-256 public key in PEM (cosign.pub)",
});

function parseKey(pem: string): KeyObject | undefined {
	try {
		const key = createPublicKey(pem);
		return key.asymmetricKeyDetails?.namedCurve === "prime256v1" ? key : undefined;
	} catch {
		return undefined;
	}
}

/** The first bytes of the key's hash: enough for an operator to tell which of their keys is meant. */
export function keyName(pem: string): string {
	const der = createPublicKey(pem).export({ type: "spki", format: "der" });
	return `sha256:${createHash("sha256").update(der).digest("hex").slice(0, 16)}`;
}

/**
 * Whether one of these keys signed an image, by cosign's tag `sha256-<digest>.sig` or by a manifest that refers to it.
 * The registry is believed in nothing: a signature is over bytes that name the digest.
 *
 * @throws {RegistryError | SourceFailedError | SourceRefusedError} when that cannot be found out
 */
export async function isSigned(
	reference: string,
	keys: readonly string[],
	options: { allowPrivate: boolean; signal: AbortSignal },
): Promise<boolean> {
	const { digest, ...where } = parseReference(reference);
	const repository = openRepository(where, options);
	const known = keys.flatMap((pem) => parseKey(pem) ?? []);
	for await (const manifest of signatureManifests(repository, digest))
		if (await signedBy(repository, manifest, digest, known)) return true;
	return false;
}

async function* signatureManifests(repository: Repository, digest: string): AsyncGenerator<Uint8Array> {
	const tagged = await repository.manifest(`${digest.replace(":", "-")}.sig`);
	if (tagged !== undefined) yield tagged;
	const listed = await repository.referrers(digest);
	const index = listed && indexSchema.safeParse(parseJson(listed)).data;
	for (const { digest: referrer } of (index?.manifests ?? []).slice(0, MAX_SIGNATURES)) {
		const manifest = await repository.manifest(referrer);
		if (manifest !== undefined) yield manifest;
	}
}

const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const indexSchema = z.looseObject({ manifests: z.array(z.looseObject({ digest: digestSchema })) });
const manifestSchema = z.looseObject({
	layers: z.array(
		z.looseObject({
			mediaType: z.string(),
			digest: digestSchema,
			annotations: z.record(z.string(), z.string()).nullish(),
		}),
	),
});

async function signedBy(
	repository: Repository,
	manifest: Uint8Array,
	digest: string,
	keys: readonly KeyObject[],
): Promise<boolean> {
	const layers = manifestSchema.safeParse(parseJson(manifest)).data?.layers ?? [];
	const signatures = layers.filter(({ mediaType }) => mediaType === SIMPLE_SIGNING).slice(0, MAX_SIGNATURES);
	for (const { digest: payloadDigest, annotations } of signatures) {
		const signature = Buffer.from(annotations?.[SIGNATURE] ?? "", "base64");
		const payload = await repository.blob(payloadDigest, MAX_PAYLOAD_BYTES);
		if (isSignature(payload, signature, digest, keys)) return true;
	}
	return false;
}

/** Pure: whether `signature` is one of these keys' over a payload that names this very image. */
export function isSignature(
	payload: Uint8Array,
	signature: Uint8Array,
	digest: string,
	keys: readonly KeyObject[],
): boolean {
	const said = payloadSchema.safeParse(parseJson(payload));
	if (!said.success || said.data.critical.image["docker-manifest-digest"] !== digest) return false;
	return keys.some((key) => verify("sha256", payload, key, signature));
}
