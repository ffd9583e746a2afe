import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { hostArchitecture } from "depin/jobs";
import { pack } from "tar-stream";
import type { Descriptor, TestRegistry } from "./registry.ts";

/** An image that a test makes up: one layer of these files, and whatever it says of itself. */
export type MadeUpImage = {
	files?: Record<string, Buffer>;
	config?: object;
	os?: string;
	architecture?: string;
	/** Changes what the manifest says of its layers. */
	layers?: (layer: Descriptor) => object[];
};

const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG = "application/vnd.docker.container.image.v1+json";
const LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/** @returns the reference to run it by */
export async function pushImage(registry: TestRegistry, repository: string, image: MadeUpImage): Promise<string> {
	const { files = {}, config = {}, os = "linux", architecture = hostArchitecture(), layers } = image;
	const tar = await tarOf(files);
	const layer = await registry.blob(repository, gzipSync(tar), LAYER);
	const listed = layers?.(layer) ?? [layer];
	const diffId = `sha256:${createHash("sha256").update(tar).digest("hex")}`;
	const rootfs = { type: "layers", diff_ids: listed.map(() => diffId) };
	const bytes = Buffer.from(JSON.stringify({ os, architecture, config, rootfs }));
	const described = await registry.blob(repository, bytes, CONFIG);
	const manifest = { schemaVersion: 2, mediaType: MANIFEST, config: described, layers: listed };
	const { digest } = await registry.manifest(repository, manifest);
	return `${registry.host}/${repository}@${digest}`;
}

function tarOf(files: Record<string, Buffer>): Promise<Buffer> {
	const tar = pack();
	for (const [name, bytes] of Object.entries(files)) tar.entry({ name, mtime: new Date(0) }, bytes);
	tar.finalize();
	return buffer(tar);
}
