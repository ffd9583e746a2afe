import { join } from "node:path";
import { saveImage } from "depin/jobs";
import { type ImportedDag, importPath } from "depin/storage";
import type Docker from "dockerode";
import { ensureBaseImage } from "../../deploy/engine/baseImage.ts";

/** The project's base image as content: made from this machine's own Node, so that tests need no registry. */
export async function baseImageDag(docker: Docker, dir: string): Promise<ImportedDag> {
	const { tag } = await ensureBaseImage(docker);
	const tar = join(dir, "base-image.tar");
	await saveImage(tag, tar, { engine: docker });
	return importPath(tar);
}
