import { posix } from "node:path";
import { z } from "zod";
import { parseJson } from "./canonicalJson.ts";
import { ImageInvalidError } from "./errors.ts";

/** The engine's own limit on layers of an image. */
const MAX_LAYERS = 127;
/** Each becomes a mount of its own in every container. */
const MAX_VOLUMES = 32;
export const MAX_CONFIG_BYTES = 8 * 1024 * 1024;
export const MAX_MANIFEST_BYTES = 64 * 1024;

const DIFF_ID = /^sha256:[0-9a-f]{64}$/;

const imageConfig = z.looseObject({
	os: z.string(),
	architecture: z.string(),
	rootfs: z.looseObject({ type: z.string(), diff_ids: z.array(z.string().regex(DIFF_ID)).nullish() }),
	config: z
		.looseObject({
			Env: z.array(z.string()).nullish(),
			WorkingDir: z.string().nullish(),
			Volumes: z.record(z.string(), z.unknown()).nullish(),
			Labels: z.record(z.string(), z.string()).nullish(),
		})
		.nullish(),
});

/** What a node must know of an image's config. `diffIds` are sha256:… of the uncompressed layers. */
export type ImageConfig = { os: string; architecture: string; diffIds: string[] };

/**
 * Reads an image's config and refuses what could harm a node.
 *
 * @param architecture The one it must be for, in the engine's words (amd64, arm64); undefined for any.
 * @throws {ImageInvalidError}
 */
export function checkImageConfig(bytes: Uint8Array, architecture: string | undefined): ImageConfig {
	const parsed = imageConfig.safeParse(readJson(bytes, "its config"));
	if (!parsed.success) throw new ImageInvalidError("its config lacks os, architecture or rootfs");
	const { os, rootfs, config } = parsed.data;
	if (os !== "linux") throw new ImageInvalidError(`it is for ${os}, not for linux`);
	if (architecture !== undefined && parsed.data.architecture !== architecture)
		throw new ImageInvalidError(`it is for ${parsed.data.architecture}, this machine is ${architecture}`);
	if (rootfs.type !== "layers") throw new ImageInvalidError(`its root file system is of type ${rootfs.type}`);
	const diffIds = rootfs.diff_ids ?? [];
	if (diffIds.length > MAX_LAYERS)
		throw new ImageInvalidError(`it has ${diffIds.length} layers; at most ${MAX_LAYERS} work`);
	const refusal = refuseDeclarations(config ?? {});
	if (refusal !== undefined) throw new ImageInvalidError(refusal);
	return { os, architecture: parsed.data.architecture, diffIds };
}

/** What an image declares of the containers made from it; names as in the engine's answers. */
export type ImageDeclarations = {
	Env?: string[] | null | undefined;
	WorkingDir?: string | null | undefined;
	Volumes?: Record<string, unknown> | null | undefined;
	Labels?: Record<string, string> | null | undefined;
};

/**
 * What is wrong with an image's declarations, or undefined. Only what could harm a node is refused; what ordinary images
 * declare (volumes, a health check, GPU variables) a node overrides.
 */
export function refuseDeclarations({ Env, WorkingDir, Volumes, Labels }: ImageDeclarations): string | undefined {
	// The GPU runtime's hooks once inherited the first and ran it as root on the host (CVE-2025-23266); the second does the same.
	const loaded = ["LD_PRELOAD", "LD_AUDIT"].find((name) => Env?.some((variable) => variable.startsWith(`${name}=`)));
	if (loaded !== undefined) return `its environment sets ${loaded}`;
	// A working directory that names an open descriptor of the runtime was a way out (CVE-2024-21626).
	if (/^\/(proc|sys)(\/|$)/.test(posix.resolve("/", WorkingDir ?? "/")))
		return `its WORKDIR ${WorkingDir} lies in a kernel file system`;
	// Containers inherit them, and by such labels a node tells its own containers from others.
	const label = Object.keys(Labels ?? {}).find((name) => /^depin\./i.test(name));
	if (label !== undefined) return `its label ${label} is in the node's own namespace`;
	const volumes = Object.keys(Volumes ?? {}).length;
	if (volumes > MAX_VOLUMES) return `it declares ${volumes} volumes; at most ${MAX_VOLUMES} are mounted`;
	return undefined;
}

/** This machine's architecture in the engine's words. */
export function hostArchitecture(): string {
	const names: Record<string, string> = { x64: "amd64", ia32: "386" };
	return names[process.arch] ?? process.arch;
}

const saveManifest = z
	.array(
		z.looseObject({
			Config: z.string(),
			RepoTags: z.array(z.string()).nullish(),
			Layers: z.array(z.string()),
		}),
	)
	.length(1);

/** One image of a `docker save` archive's manifest.json. */
export type SaveManifest = { config: string; layers: string[]; tags: string[] };

/** @throws {ImageInvalidError} when it is not a list of exactly one image. */
export function parseSaveManifest(bytes: Uint8Array): SaveManifest {
	const parsed = saveManifest.safeParse(readJson(bytes, "manifest.json"));
	const [image] = parsed.success ? parsed.data : [];
	if (image === undefined) throw new ImageInvalidError("manifest.json does not list exactly one image");
	return { config: image.Config, layers: image.Layers, tags: image.RepoTags ?? [] };
}

function readJson(bytes: Uint8Array, what: string): unknown {
	try {
		return parseJson(bytes);
	} catch (cause) {
		throw new ImageInvalidError(`${what} is not JSON`, cause);
	}
}
