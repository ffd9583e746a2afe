import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { ensureBaseImage } from "../../../deploy/engine/baseImage.ts";
import { imageArchive, type LayerFile } from "../../../deploy/engine/imageArchive.ts";
import type { Attack } from "./attack.ts";

/** What the attacks run: a Node for those in JavaScript, and for the others an image of their programs and nothing else. */
export type Images = {
	node: string;
	of(attack: Attack): { imageId: string; command: string[] };
	remove(): Promise<void>;
};

const TAG = "depin/hostile:test";

export async function loadImages(docker: Docker, attacks: readonly Attack[]): Promise<Images> {
	const node = (await ensureBaseImage(docker)).id;
	const programs = attacks.filter(({ runs }) => typeof runs !== "string");
	const scratch = await loadPrograms(docker, programs);
	const declaring = new Map<Attack, string>();
	for (const attack of attacks) if (attack.image) declaring.set(attack, await declare(docker, node, attack.image));
	return {
		node,
		of(attack) {
			if (typeof attack.runs !== "string") return { imageId: scratch, command: [`/bin/${programs.indexOf(attack)}`] };
			return { imageId: declaring.get(attack) ?? node, command: ["node", "-e", attack.runs] };
		},
		async remove() {
			for (const id of [scratch, ...declaring.values()]) await docker.getImage(id).remove({ force: true });
		},
	};
}

/** An image of these attacks' programs, and nothing else. */
async function loadPrograms(docker: Docker, attacks: readonly Attack[]): Promise<string> {
	const dir = await mkdtemp(join(tmpdir(), "depin-programs-"));
	const entries: LayerFile[] = [];
	for (const [index, { runs, mode = 0o755 }] of attacks.entries()) {
		const source = join(dir, `${index}`);
		await writeFile(source, runs);
		entries.push({ path: `bin/${index}`, source, size: runs.length, mode });
	}
	const { Arch: architecture } = await docker.version();
	await text(await docker.loadImage(await imageArchive(TAG, { architecture, config: {} }, entries), { quiet: true }));
	await rm(dir, { recursive: true });
	return (await docker.getImage(TAG).inspect()).Id;
}

/** The base image with one more line in its Dockerfile. */
async function declare(docker: Docker, from: string, line: string): Promise<string> {
	const container = await docker.createContainer({ Image: from });
	const { Id } = await container.commit({ changes: line });
	await container.remove();
	return Id;
}
