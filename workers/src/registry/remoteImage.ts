import { checkImageConfig, hostArchitecture, ImageInvalidError } from "depin/jobs";
import { openRepository, RegistryError, type Repository } from "./client.ts";
import { type ImageManifest, readManifest } from "./imageManifest.ts";
import { parseReference } from "./reference.ts";

/** What is known of an image before a layer of it was fetched. */
export type RemoteImage = {
	/** `sha256:…` of the config: what the engine must call it once pulled. */
	imageId: string;
	/** Of the layers as they travel. Unpacked they take more, and no manifest says how much. */
	compressedBytes: number;
};

export type RemoteOptions = {
	/** Of the layers as they travel. */
	maxBytes: number;
	allowPrivate: boolean;
	signal: AbortSignal;
};

/**
 * Reads an image's manifest and config from its registry, by digest, and judges them: platform, layers, sizes, what it
 * declares. No layer is fetched.
 *
 * @param reference `<repository>@sha256:…`
 * @throws {ImageInvalidError} for one that no node runs
 * @throws {RegistryError | SourceFailedError | SourceRefusedError} when its registry does not give it
 */
export async function inspectRemoteImage(reference: string, options: RemoteOptions): Promise<RemoteImage> {
	const { digest, ...where } = parseReference(reference);
	const repository = openRepository(where, options);
	const { config, layers, compressedBytes } = await forThisMachine(repository, digest, options.maxBytes);
	const { diffIds } = checkImageConfig(await repository.blob(config.digest, config.size), hostArchitecture());
	if (diffIds.length !== layers.length)
		throw new ImageInvalidError(`its manifest has ${layers.length} layers, its config ${diffIds.length}`);
	return { imageId: config.digest, compressedBytes };
}

async function forThisMachine(repository: Repository, digest: string, maxBytes: number): Promise<ImageManifest> {
	let read = readManifest(await present(repository, digest), maxBytes);
	if (read.kind === "index") {
		const architecture = hostArchitecture();
		const ours = read.manifests.find((one) => one.os === "linux" && one.architecture === architecture);
		if (!ours) throw new ImageInvalidError(`it is not there for linux on ${architecture}`);
		read = readManifest(await present(repository, ours.digest), maxBytes);
	}
	if (read.kind === "index") throw new ImageInvalidError("its index leads to another index");
	if (read.kind === "refused") throw new ImageInvalidError(read.why);
	return read.image;
}

async function present(repository: Repository, digest: string): Promise<Uint8Array> {
	const bytes = await repository.manifest(digest);
	if (bytes === undefined) throw new RegistryError(`it has no manifest ${digest}`);
	return bytes;
}
