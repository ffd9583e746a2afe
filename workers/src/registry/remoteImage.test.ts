import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { hostArchitecture } from "depin/jobs";
import { lackOf } from "../../../deploy/setup/servers.ts";
import { type Descriptor, startRegistry, type TestRegistry } from "../../test/registry.ts";
import { inspectRemoteImage } from "./remoteImage.ts";

const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";
const CONFIG = "application/vnd.docker.container.image.v1+json";
const LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
const signal = AbortSignal.timeout(60_000);
const options = { maxBytes: 2 ** 20, allowPrivate: true, signal };

describe("an image at a real registry", { skip: lackOf("docker-registry") }, () => {
	let registry: TestRegistry;
	let layer: Descriptor;
	before(async () => {
		registry = await startRegistry();
		layer = await registry.blob("a", gzipSync(Buffer.alloc(1024)), LAYER);
	});
	after(() => registry.stop());

	type Image = { config?: object; layers?: object[]; os?: string; architecture?: string; diffIds?: number };

	/** Pushes an image, most of it made up, and returns its manifest. */
	async function push({ config = {}, layers, os = "linux", architecture = hostArchitecture(), diffIds }: Image = {}) {
		const listed = layers ?? [layer];
		const diff_ids = Array.from({ length: diffIds ?? listed.length }, () => `sha256:${"0".repeat(64)}`);
		const bytes = Buffer.from(JSON.stringify({ os, architecture, config, rootfs: { type: "layers", diff_ids } }));
		const described = await registry.blob("a", bytes, CONFIG);
		const manifest = { schemaVersion: 2, mediaType: MANIFEST, config: described, layers: listed };
		return { imageId: described.digest, manifest: await registry.manifest("a", manifest) };
	}
	const named = ({ digest }: Descriptor) => `${registry.host}/a@${digest}`;

	test("default", async () => {
		const { imageId, manifest } = await push();
		assert.deepEqual(await inspectRemoteImage(named(manifest), options), { imageId, compressedBytes: layer.size });
	});

	test("behavior: of an image for several platforms, the one for this machine", async () => {
		const ours = await push();
		const other = await push({ architecture: "s390x" });
		const platform = { os: "linux", architecture: hostArchitecture() };
		const manifests = [
			{ ...other.manifest, platform: { ...platform, architecture: "s390x" } },
			{ ...ours.manifest, platform },
		];
		const index = await registry.manifest("a", { schemaVersion: 2, mediaType: INDEX, manifests });
		assert.equal((await inspectRemoteImage(named(index), options)).imageId, ours.imageId);
		const without = await registry.manifest("a", { schemaVersion: 2, mediaType: INDEX, manifests: [manifests[0]] });
		await assert.rejects(inspectRemoteImage(named(without), options), /not there for linux/);
	});

	const refused: [string, Image | (() => Image), RegExp][] = [
		["for another machine", { architecture: "s390x" }, /for s390x/],
		["for another system", { os: "windows" }, /for windows/],
		["of more bytes than the node takes", () => ({ layers: [{ ...layer, size: 2 ** 20 + 1 }] }), /as they travel/],
		["of 128 layers", () => ({ layers: Array.from({ length: 128 }, () => layer) }), /128 layers/],
		["with a layer from elsewhere", () => ({ layers: [{ ...layer, urls: ["http://x.example"] }] }), /somewhere else/],
		[
			"with a foreign layer",
			() => ({ layers: [{ ...layer, mediaType: FOREIGN, urls: ["http://x.example"] }] }),
			/somewhere else/,
		],
		["with a layer that is no archive", () => ({ layers: [{ ...layer, mediaType: "text/html" }] }), /text\/html/],
		["whose config has other layers", { diffIds: 3 }, /1 layers, its config 3/],
		["that preloads a library", { config: { Env: ["LD_PRELOAD=/owned.so"] } }, /LD_PRELOAD/],
		["whose WORKDIR is an open file of the runtime", { config: { WorkingDir: "/proc/self/fd/8" } }, /WORKDIR/],
		["that labels itself as a node's", { config: { Labels: { "depin.node": "0x0" } } }, /label/],
		["with a thousand volumes", { config: { Volumes: volumes(1000) } }, /1000 volumes/],
	];
	for (const [what, image, message] of refused)
		test(`behavior: refuses an image ${what}, before a layer of it is fetched`, async () => {
			const { manifest } = await push(typeof image === "function" ? image() : image);
			await assert.rejects(inspectRemoteImage(named(manifest), options), message);
		});

	test("behavior: says that there is none", async () => {
		const nowhere = { ...layer, digest: `sha256:${"ab".repeat(32)}` };
		await assert.rejects(inspectRemoteImage(named(nowhere), options), { name: "RegistryError", retriable: false });
	});

	test("behavior: refuses what is no image", async () => {
		const type = "application/vnd.oci.image.manifest.v1+json";
		const config = await registry.blob("a", Buffer.from("{}"), "application/vnd.cncf.helm.config.v1+json");
		const chart = await registry.manifest("a", { schemaVersion: 2, mediaType: type, config, layers: [layer] });
		await assert.rejects(inspectRemoteImage(named(chart), options), /no container image/);
	});

	test("behavior: a registry on this machine is not asked for strangers", async () => {
		const { manifest } = await push();
		const strict = { ...options, allowPrivate: false };
		await assert.rejects(inspectRemoteImage(named(manifest), strict), /not a public address/);
	});
});

test("behavior: a registry that is away may come back", async () => {
	const away = `127.0.0.1:1/a@sha256:${"ab".repeat(32)}`;
	await assert.rejects(inspectRemoteImage(away, options), { retriable: true });
});

function volumes(count: number): Record<string, object> {
	return Object.fromEntries(Array.from({ length: count }, (_, i) => [`/v${i}`, {}]));
}
