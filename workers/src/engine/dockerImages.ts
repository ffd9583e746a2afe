import { createReadStream } from "node:fs";
import { finished } from "node:stream/promises";
import { hostArchitecture, refuseDeclarations } from "depin/jobs";
import type Docker from "dockerode";
import { EngineError, engineError, statusOf } from "./errors.ts";

/** The ID of an image the engine holds, or undefined. For a registry reference the engine must list that very digest. */
export async function imageIdOf(docker: Docker, reference: string): Promise<string | undefined> {
	try {
		const image = await docker.getImage(reference).inspect();
		if (reference.startsWith("sha256:")) return image.Id === reference ? image.Id : undefined;
		const digest = reference.slice(reference.indexOf("@"));
		return (image.RepoDigests ?? []).some((listed) => listed.endsWith(digest)) ? image.Id : undefined;
	} catch (error) {
		if (statusOf(error) === 404) return undefined;
		throw engineError(`looking for image ${reference}`, error);
	}
}

/** Paths an image declares as VOLUME. */
export async function imageVolumesOf(docker: Docker, imageId: string): Promise<string[]> {
	return Object.keys((await inspectImage(docker, imageId)).Config.Volumes ?? {});
}

export async function imageBytesOf(docker: Docker, imageId: string): Promise<number> {
	return (await inspectImage(docker, imageId)).Size;
}

async function inspectImage(docker: Docker, imageId: string): Promise<Docker.ImageInspectInfo> {
	try {
		return await docker.getImage(imageId).inspect();
	} catch (error) {
		if (statusOf(error) === 404) {
			throw new EngineError("image-missing", `The engine no longer holds image ${imageId}; load it again.`, error);
		}
		throw engineError(`reading image ${imageId}`, error);
	}
}

/**
 * Loads an archive that was checked before; what counts is not the engine's answer but that it then holds an image whose
 * ID is the hash the archive promised.
 */
export async function loadImage(docker: Docker, tarPath: string, expectedId: string): Promise<void> {
	try {
		const answer = await docker.loadImage(createReadStream(tarPath), { quiet: true });
		const said = await text(answer);
		if ((await imageIdOf(docker, expectedId)) === undefined) {
			throw new EngineError(
				"image-invalid",
				`After loading, the engine holds no image ${expectedId}; it said: ${said.slice(0, 300)}`,
			);
		}
	} catch (error) {
		throw engineError(`loading image ${expectedId}`, error);
	}
}

export async function pullImage(docker: Docker, reference: string, signal: AbortSignal): Promise<string> {
	let progress: NodeJS.ReadableStream;
	try {
		progress = await docker.pull(reference, { abortSignal: signal });
	} catch (error) {
		if (signal.aborted) throw signal.reason;
		if (statusOf(error) === 404) throw missing(reference, error);
		throw engineError(`pulling image ${reference}`, error);
	}
	const said = await text(progress, signal);
	const id = await imageIdOf(docker, reference);
	if (id === undefined) throw missing(reference, said.slice(-300));
	try {
		await demandRunnable(docker, id);
	} catch (error) {
		await removeImage(docker, id);
		throw error;
	}
	return id;
}

/** The same rules that an image by CID meets before it is loaded. */
export async function demandRunnable(docker: Docker, id: string): Promise<void> {
	const { Config, Os, Architecture } = await inspectImage(docker, id);
	const wrongPlatform = Os !== "linux" || Architecture !== hostArchitecture();
	const refusal = wrongPlatform ? `it is for ${Os} on ${Architecture}` : refuseDeclarations(Config ?? {});
	if (refusal !== undefined) throw new EngineError("image-invalid", `Image ${id} may not run on a node: ${refusal}.`);
}

/** Not forced: an image in use, by the operator or by another node on this engine, stays. @returns whether it went. */
export async function removeImage(docker: Docker, id: string): Promise<boolean> {
	try {
		await docker.getImage(id).remove();
		return true;
	} catch (error) {
		if (statusOf(error) === 404) return true;
		if (statusOf(error) === 409) return false;
		throw engineError(`removing image ${id}`, error);
	}
}

function missing(reference: string, cause: unknown): EngineError {
	return new EngineError(
		"image-missing",
		`No registry served image ${reference}. The job is given back unpaid; the consumer should check the digest or push the image by CID.`,
		cause,
	);
}

/** Reads the engine's progress messages to the end: the call is over only then. */
async function text(stream: NodeJS.ReadableStream, signal?: AbortSignal): Promise<string> {
	let tail = "";
	stream.on("data", (chunk: Buffer) => {
		tail = (tail + chunk.toString()).slice(-4096);
	});
	await finished(stream, signal ? { signal } : {});
	return tail;
}
