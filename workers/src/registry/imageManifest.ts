import { z } from "zod";
import { parseJson } from "./json.ts";

/** The engine's own limit. */
const MAX_LAYERS = 127;
const MAX_CONFIG_BYTES = 8 * 2 ** 20;
const MAX_PLATFORMS = 256;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const descriptor = z.looseObject({
	mediaType: z.string(),
	digest,
	size: z.int().min(0),
	urls: z.array(z.unknown()).nullish(),
	annotations: z.record(z.string(), z.string()).nullish(),
});
const platform = z.looseObject({ os: z.string(), architecture: z.string() });
const indexSchema = z.looseObject({
	schemaVersion: z.literal(2),
	manifests: z.array(descriptor.extend({ platform: platform.nullish() })).max(MAX_PLATFORMS),
});
const manifestSchema = z.looseObject({
	schemaVersion: z.literal(2),
	config: descriptor,
	layers: z.array(descriptor),
});

export type Descriptor = z.output<typeof descriptor>;

/** What a manifest says of an image before any of it is fetched. */
export type ImageManifest = { config: Descriptor; layers: Descriptor[]; compressedBytes: number };

/** What a registry sent under an image's digest: the image of one platform, or where to find those of several. */
export type ReadManifest =
	| { kind: "image"; image: ImageManifest }
	| { kind: "index"; manifests: { digest: string; os: string; architecture: string }[] }
	| { kind: "refused"; why: string };

const CONFIGS = ["application/vnd.docker.container.image.v1+json", "application/vnd.oci.image.config.v1+json"];
const LAYERS = [
	"application/vnd.docker.image.rootfs.diff.tar.gzip",
	"application/vnd.oci.image.layer.v1.tar",
	"application/vnd.oci.image.layer.v1.tar+gzip",
	"application/vnd.oci.image.layer.v1.tar+zstd",
];

/** @param maxBytes of all layers together, as they travel */
export function readManifest(bytes: Uint8Array, maxBytes: number): ReadManifest {
	const value = parseJson(bytes);
	const index = indexSchema.safeParse(value);
	if (index.success) return { kind: "index", manifests: index.data.manifests.flatMap(forPlatform) };
	const parsed = manifestSchema.safeParse(value);
	if (!parsed.success) return { kind: "refused", why: "its manifest is not of version 2, which names every layer" };
	const { config, layers } = parsed.data;
	const compressedBytes = layers.reduce((sum, { size }) => sum + size, 0);
	const why = refusal(config, layers, compressedBytes, maxBytes);
	return why === undefined ? { kind: "image", image: { config, layers, compressedBytes } } : { kind: "refused", why };
}

function forPlatform({ digest: named, platform: of }: z.output<typeof indexSchema>["manifests"][number]) {
	return of ? [{ digest: named, os: of.os, architecture: of.architecture }] : [];
}

function refusal(
	config: Descriptor,
	layers: Descriptor[],
	compressedBytes: number,
	maxBytes: number,
): string | undefined {
	if (!CONFIGS.includes(config.mediaType)) return `it is no container image but ${config.mediaType.slice(0, 100)}`;
	if (config.size > MAX_CONFIG_BYTES)
		return `its config has ${config.size} bytes; at most ${MAX_CONFIG_BYTES} are read`;
	if (layers.length > MAX_LAYERS) return `it has ${layers.length} layers; at most ${MAX_LAYERS} work`;
	// Bytes that another host than the registry would serve; engines of today no longer follow, those of yesterday do.
	const foreign = layers.find(({ mediaType, urls }) => /foreign|nondistributable/.test(mediaType) || urls?.length);
	if (foreign) return `its layer ${foreign.digest} is to be fetched from somewhere else than its registry`;
	const odd = layers.find(({ mediaType }) => !LAYERS.includes(mediaType));
	if (odd) return `its layer ${odd.digest} is of type ${odd.mediaType.slice(0, 100)}`;
	if (compressedBytes > maxBytes)
		return `its layers have ${compressedBytes} bytes as they travel; this node takes ${maxBytes}`;
	return undefined;
}
