import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hostArchitecture } from "depin/jobs";
import { pack } from "tar-stream";
import type { ContainerEngine } from "./engine.ts";
import { EngineError } from "./errors.ts";
import type { Architecture } from "./probeCode.ts";
import { probeProgram } from "./probeProgram.ts";
import type { Probe } from "./probes.ts";

/** Puts an image of these probes, a few kilobytes and nothing else, into the engine and returns its ID. */
export async function ensureProbeImage(
	engine: ContainerEngine,
	probes: Record<string, Probe>,
	scratchDir: string,
): Promise<string> {
	const architecture = hostArchitecture();
	if (architecture !== "amd64" && architecture !== "arm64") {
		throw new EngineError(
			"canary-impossible",
			`No probes exist for ${architecture} processors, so this node cannot show that its limits hold. Run it on amd64 or arm64.`,
		);
	}
	const { imageId, archive } = await probeImage(probes, architecture);
	if ((await engine.imageId(imageId)) !== undefined) return imageId;
	await mkdir(scratchDir, { recursive: true });
	const tar = join(scratchDir, "canary.tar");
	await writeFile(tar, archive);
	try {
		await engine.loadImage(tar, imageId);
		return imageId;
	} finally {
		await rm(tar, { force: true });
	}
}

async function probeImage(
	probes: Record<string, Probe>,
	architecture: Architecture,
): Promise<{ imageId: string; archive: Buffer }> {
	const programs = Object.entries(probes).map(([name, { steps, data }]) => ({
		name,
		bytes: probeProgram(steps, data, architecture),
	}));
	const layer = await tarOf(programs);
	const rootfs = { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] };
	const config = Buffer.from(JSON.stringify({ architecture, os: "linux", config: {}, rootfs }));
	const id = sha256(config);
	const manifest = Buffer.from(JSON.stringify([{ Config: `${id}.json`, Layers: ["layer.tar"], RepoTags: null }]));
	const archive = await tarOf([
		{ name: "manifest.json", bytes: manifest },
		{ name: `${id}.json`, bytes: config },
		{ name: "layer.tar", bytes: layer },
	]);
	return { imageId: `sha256:${id}`, archive };
}

/** Dated 1970, so that the same probes are the same image everywhere. */
async function tarOf(files: { name: string; bytes: Buffer }[]): Promise<Buffer> {
	const tar = pack();
	for (const { name, bytes } of files) tar.entry({ name, mode: 0o755, mtime: new Date(0) }, bytes);
	tar.finalize();
	const parts: Buffer[] = [];
	for await (const part of tar) parts.push(part as Buffer);
	return Buffer.concat(parts);
}

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
