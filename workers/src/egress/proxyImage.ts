import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { hostArchitecture } from "depin/jobs";
import type { ContainerEngine } from "../engine/engine.ts";
import { type ImageFile, writeScratchImage } from "../engine/scratchImage.ts";
import type { Journal } from "../node/journal.ts";

/** How the proxy is started in its image. */
export const PROXY_ENTRYPOINT = ["/egress/node", "/egress/main.ts"];
/** The same image looks at a job's network from a job's place. */
export const PROBE_ENTRYPOINT = ["/egress/node", "/egress/probe.ts"];

const PROGRAM = join(import.meta.dirname, "proxy");

/**
 * Puts the image of the egress proxy into the engine and returns its ID: this process's own Node with the libraries it
 * has loaded, the files of `proxy/` and nothing else. No registry and no compiler is asked; the same Node and files are
 * the same image.
 */
export async function ensureProxyImage(
	engine: ContainerEngine,
	journal: Pick<Journal, "get" | "set">,
	scratchDir: string,
): Promise<string> {
	const files = [...(await runtimeFiles()), ...(await programFiles())];
	const inputs = await fingerprint(files);
	const [madeOf, known] = (journal.get("egress image") ?? "").split(" ");
	if (madeOf === inputs && known && (await engine.imageId(known)) !== undefined) return known;
	await mkdir(scratchDir, { recursive: true });
	const tar = join(scratchDir, "egress.tar");
	try {
		const imageId = await writeScratchImage(tar, hostArchitecture(), files);
		if ((await engine.imageId(imageId)) === undefined) await engine.loadImage(tar, imageId);
		journal.set("egress image", `${inputs} ${imageId}`);
		return imageId;
	} finally {
		await rm(tar, { force: true });
	}
}

/** The report names every library by the path it was loaded from, the loader among them. */
async function runtimeFiles(): Promise<ImageFile[]> {
	if (!process.report) throw new Error("this Node cannot say which libraries it has loaded");
	Object.assign(process.report, { excludeNetwork: true }); // or it asks for the name of every address
	const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
	const libraries = sharedObjects.filter((path) => path.startsWith("/") && !path.endsWith(".node"));
	return [
		{ name: "egress/node", source: await realpath(process.execPath) },
		...(await Promise.all(
			libraries
				.filter((path) => path !== process.execPath)
				.map(async (path) => ({ name: path.slice(1), source: await realpath(path) })),
		)),
	];
}

/** The sources as they are, and the one piece of the sdk they use, found under its own name in the image too. */
async function programFiles(): Promise<ImageFile[]> {
	const names = (await readdir(PROGRAM)).filter((name) => /^[a-z]+\.ts$/i.test(name) && !name.endsWith(".test.ts"));
	const address = fileURLToPath(import.meta.resolve("depin/address"));
	const itself = { name: "depin", type: "module", exports: { "./address": `./${basename(address)}` } };
	return [
		{ name: "egress/package.json", bytes: Buffer.from(JSON.stringify(itself)) },
		{ name: `egress/${basename(address)}`, source: address },
		...names.sort().map((name) => ({ name: `egress/${name}`, source: join(PROGRAM, name) })),
	];
}

/** Small files by their bytes, large ones by what changes with them: nobody waits for 120 MB to be read at each start. */
async function fingerprint(files: readonly ImageFile[]): Promise<string> {
	const hash = createHash("sha256");
	for (const file of files) {
		hash.update(`${file.name}\n`);
		if ("bytes" in file) hash.update(file.bytes);
		else {
			const { size, mtimeMs } = await stat(file.source);
			if (size < 2 ** 20) hash.update(await readFile(file.source));
			else hash.update(`${file.source} ${size} ${mtimeMs}\n`);
		}
	}
	return hash.digest("hex");
}
