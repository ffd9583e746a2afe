import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { ImageInfo } from "../jobs/imageArchive.ts";
import { buildImage, normaliseImageFile, saveImage } from "../jobs/imageBuild.ts";
import type { ContentClient } from "../storage/client.ts";
import { importPath } from "../storage/importPath.ts";
import { upload } from "../storage/upload.ts";
import type { Output } from "./output.ts";
import { formatBytes } from "./words.ts";

/** An image on the storage node, by the CID a spec names. */
export type PushedImage = ImageInfo & { cid: string };

/** Where an image comes from: a folder with a Dockerfile, an archive, or a name the local engine knows. */
export type ImageOrigin = { path: string } | { name: string };

/** Builds or reads an image, makes its archive canonical, and stores it under the CID that orders name. */
export async function pushImage(
	content: ContentClient,
	origin: ImageOrigin,
	{ out, signal }: { out: Output; signal: AbortSignal },
): Promise<PushedImage> {
	const folder = await mkdtemp(join(tmpdir(), "depin-image-"));
	try {
		const archive = join(folder, "image.tar");
		const info = await archiveOf(origin, archive, { out, signal });
		const dag = await importPath(archive, { signal });
		const cid = dag.root.toString();
		out.progress(`pushing image ${cid}, ${formatBytes(dag.bytes)}`);
		await upload(content, dag, { name: `image ${"name" in origin ? origin.name : basename(origin.path)}`, signal });
		return { ...info, cid };
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function archiveOf(
	origin: ImageOrigin,
	target: string,
	{ out, signal }: { out: Output; signal: AbortSignal },
): Promise<ImageInfo> {
	const limits = { architecture: "any" };
	if ("name" in origin) return saveImage(origin.name, target, { signal, limits });
	if ((await stat(origin.path)).isFile()) return normaliseImageFile(origin.path, target, limits);
	out.progress(`building ${origin.path}`);
	const id = await buildImage(origin.path, { signal, onOutput: (line) => out.progress(`  ${line}`) });
	return saveImage(id, target, { signal, limits });
}
