import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { hostArchitecture } from "depin/jobs";
import type { ContainerEngine } from "./engine.ts";
import { EngineError } from "./errors.ts";
import { probeProgram } from "./probeProgram.ts";
import type { Probe } from "./probes.ts";
import { writeScratchImage } from "./scratchImage.ts";

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
	await mkdir(scratchDir, { recursive: true });
	const tar = join(scratchDir, "canary.tar");
	const programs = Object.entries(probes).map(([name, { steps, data }]) => ({
		name,
		bytes: probeProgram(steps, data, architecture),
	}));
	try {
		const imageId = await writeScratchImage(tar, architecture, programs);
		if ((await engine.imageId(imageId)) === undefined) await engine.loadImage(tar, imageId);
		return imageId;
	} finally {
		await rm(tar, { force: true });
	}
}
