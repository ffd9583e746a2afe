import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import Docker from "dockerode";
import { DepinError } from "../errors/base.ts";
import { ImageBuildError } from "./errors.ts";
import type { ImageInfo, ImageLimits } from "./imageArchive.ts";
import { normaliseImage } from "./imageNormalise.ts";

export type BuildOptions = {
	/** Default: the engine of the environment (DOCKER_HOST, or the local socket). */
	engine?: Docker | undefined;
	/** Lines the build prints. */
	onOutput?: ((line: string) => void) | undefined;
	signal?: AbortSignal | undefined;
};

/**
 * Builds a folder's Dockerfile with the local container engine.
 *
 * @returns The image's ID, `sha256:…`.
 * @throws {ImageBuildError} with the build's own words when a step fails, or no engine answers.
 *
 * @example
 * const imageId = await buildImage('./trainer')
 */
export async function buildImage(folder: string, options: BuildOptions = {}): Promise<string> {
	const { engine = new Docker(), onOutput, signal } = options;
	const names = await readdir(folder).catch((cause) => {
		throw new ImageBuildError(folder, "it cannot be read", { cause });
	});
	if (!names.includes("Dockerfile"))
		throw new ImageBuildError(folder, "there is no Dockerfile in it", {
			hint: "Add one, or name the folder that has it.",
		});
	const stream = await engine
		// The classic builder: the only one that every engine has without a plug-in.
		.buildImage(
			{ context: folder, src: names },
			{ version: "1", rm: true, forcerm: true, ...(signal && { abortSignal: signal }) },
		)
		.catch((cause) => refuseEngine(folder, cause, signal));
	return followBuild(engine, stream, folder, onOutput, signal);
}

type BuildEvent = { stream?: string; error?: string; aux?: { ID?: string } };

function followBuild(
	engine: Docker,
	stream: NodeJS.ReadableStream,
	folder: string,
	onOutput: BuildOptions["onOutput"],
	signal: AbortSignal | undefined,
): Promise<string> {
	return new Promise((settle, reject) => {
		let imageId: string | undefined;
		let failure: string | undefined;
		const onEvent = ({ stream: line, error, aux }: BuildEvent) => {
			imageId = aux?.ID ?? imageId;
			failure = error ?? failure;
			if (line !== undefined && line.trim() !== "") onOutput?.(line.trimEnd());
		};
		const onEnd = (cause: Error | null) => {
			if (signal?.aborted) reject(signal.reason);
			else if (cause !== null || failure !== undefined)
				reject(new ImageBuildError(folder, (failure ?? cause?.message ?? "").trim(), { ...(cause && { cause }) }));
			else if (imageId === undefined) reject(new ImageBuildError(folder, "the engine named no image"));
			else settle(imageId);
		};
		engine.modem.followProgress(stream, onEnd, onEvent);
	});
}

/**
 * Writes an image of the local engine as an archive that can travel.
 *
 * @param image ID or name in the engine.
 * @throws {ImageBuildError} when the engine has no such image.
 * @throws {ImageInvalidError} when no node would load it.
 */
export async function saveImage(
	image: string,
	target: string,
	{ engine = new Docker(), signal, limits }: BuildOptions & { limits?: ImageLimits } = {},
): Promise<ImageInfo> {
	// By ID, so that the archive carries no tags; and one image even when a name has several.
	const { Id } = await engine
		.getImage(image)
		.inspect()
		.catch((cause) => refuseEngine(image, cause, signal));
	const saved = await engine.getImage(Id).get();
	return normaliseImage(saved, target, limits);
}

/** Brings a file that `docker save` wrote into the form that can travel. */
export async function normaliseImageFile(file: string, target: string, limits?: ImageLimits): Promise<ImageInfo> {
	const found = await stat(file);
	if (!found.isFile()) throw new ImageBuildError(file, "it is not a file");
	return normaliseImage(createReadStream(file), target, limits);
}

function refuseEngine(what: string, cause: unknown, signal: AbortSignal | undefined): never {
	if (signal?.aborted) throw signal.reason;
	if (cause instanceof DepinError) throw cause;
	const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
	const message = cause instanceof Error ? cause.message : String(cause);
	if (code === "ENOENT" || code === "ECONNREFUSED" || code === "EACCES")
		throw new ImageBuildError(what, `no container engine answers (${code})`, {
			hint: "Start Docker, or give the image by digest or CID: then none is needed here.",
			cause,
		});
	throw new ImageBuildError(what, message, { cause });
}
