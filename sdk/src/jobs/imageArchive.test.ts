import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { pack } from "tar-stream";
import { collect } from "../storage/gateway.fixture.ts";
import { canonicalBytes } from "./canonicalJson.ts";
import { checkImageArchive } from "./imageArchive.ts";
import { hostArchitecture } from "./imageConfig.ts";
import { normaliseImage } from "./imageNormalise.ts";
import { writeTar } from "./tarFormat.ts";

let folder = "";
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "depin-image-"));
});
after(() => rm(folder, { recursive: true }));

const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const layers = [Buffer.from("layer one"), Buffer.from("layer two")];

type Draft = {
	config: Record<string, unknown>;
	manifest?: unknown;
	entries?: [string, Uint8Array][];
};

function configOf(changes: Record<string, unknown> = {}): Record<string, unknown> {
	const rootfs = { type: "layers", diff_ids: layers.map((layer) => `sha256:${sha(layer)}`) };
	return { os: "linux", architecture: hostArchitecture(), rootfs, config: {}, ...changes };
}

/** An archive in the form that travels, or with other parts where a test wants them. */
async function archive({ config, manifest, entries }: Draft): Promise<Buffer> {
	const bytes = canonicalBytes(config);
	const { diff_ids = [] } = config["rootfs"] as { diff_ids?: string[] };
	const listed = [{ Config: `${sha(bytes)}.json`, Layers: diff_ids.map((id) => `${id.slice(7)}.tar`), RepoTags: null }];
	const files: [string, Uint8Array][] = entries ?? layers.map((layer) => [`${sha(layer)}.tar`, layer]);
	const all: [string, Uint8Array][] = [
		["manifest.json", canonicalBytes(manifest ?? listed)],
		[`${sha(bytes)}.json`, bytes],
		...files,
	];
	const tar = writeTar(all.map(([name, content]) => ({ name, size: content.byteLength, content: () => [content] })));
	return Buffer.concat(await collect(tar));
}

async function check(bytes: Uint8Array, limits?: Parameters<typeof checkImageArchive>[1]) {
	const file = join(folder, `${randomBytes(8).toString("hex")}.tar`);
	await writeFile(file, bytes);
	return checkImageArchive(file, limits);
}

describe("checkImageArchive", () => {
	test("default: names the image by its config", async () => {
		const config = configOf();
		assert.deepEqual(await check(await archive({ config })), {
			imageId: `sha256:${sha(canonicalBytes(config))}`,
			architecture: hostArchitecture(),
			layers: 2,
			bytes: 18,
		});
	});

	test("behavior: a layer used twice stands in it once", async () => {
		const [one] = layers as [Buffer];
		const ids = [one, one].map((layer) => `sha256:${sha(layer)}`);
		const config = configOf({ rootfs: { type: "layers", diff_ids: ids } });
		const info = await check(await archive({ config, entries: [[`${sha(one)}.tar`, one]] }));
		assert.deepEqual([info.layers, info.bytes], [2, 9]);
	});

	const [one, two] = layers as [Buffer, Buffer];
	const good: [string, Uint8Array][] = [
		[`${sha(one)}.tar`, one],
		[`${sha(two)}.tar`, two],
	];
	const listed = (changes: object) => [{ Config: "x.json", Layers: [], RepoTags: null, ...changes }];
	const wrong: [string, RegExp, Draft][] = [
		["another system", /for windows/, { config: configOf({ os: "windows" }) }],
		["another machine", /this machine is/, { config: configOf({ architecture: "s390x" }) }],
		["another root file system", /type foreign/, { config: configOf({ rootfs: { type: "foreign", diff_ids: [] } }) }],
		["a config without a root file system", /lacks os/, { config: { os: "linux", architecture: "amd64", rootfs: 1 } }],
		["LD_PRELOAD", /LD_PRELOAD/, { config: configOf({ config: { Env: ["A=1", "LD_PRELOAD=/x.so"] } }) }],
		["LD_AUDIT", /LD_AUDIT/, { config: configOf({ config: { Env: ["A=1", "LD_AUDIT=/x.so"] } }) }],
		["a WORKDIR in /proc", /WORKDIR/, { config: configOf({ config: { WorkingDir: "/proc/self/fd/8" } }) }],
		["a WORKDIR that leads to /sys", /WORKDIR/, { config: configOf({ config: { WorkingDir: "/data/../sys/x" } }) }],
		["a label of ours", /label depin\.node/, { config: configOf({ config: { Labels: { "depin.node": "0x1" } } }) }],
		[
			"more volumes than can be mounted",
			/33 volumes/,
			{
				config: configOf({
					config: { Volumes: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`/v${i}`, {}])) },
				}),
			},
		],
		[
			"too many layers",
			/at most 127/,
			{ config: configOf({ rootfs: { type: "layers", diff_ids: Array(128).fill(`sha256:${sha(one)}`) } }) },
		],
		["tags", /tags/, { config: configOf(), manifest: listed({ RepoTags: ["alpine:latest"] }) }],
		["two images", /exactly one/, { config: configOf(), manifest: [...listed({}), ...listed({})] }],
		["another config", /does not list the config/, { config: configOf(), manifest: listed({}) }],
		["a missing layer", /is missing/, { config: configOf(), entries: good.slice(0, 1) }],
		["layers in another order", /is missing/, { config: configOf(), entries: good.toReversed() }],
		[
			"another file at the end",
			/more than its layers/,
			{ config: configOf(), entries: [...good, ["repositories", Buffer.from("{}")]] },
		],
		[
			"a layer with other bytes",
			/other bytes/,
			{ config: configOf(), entries: [[`${sha(one)}.tar`, Buffer.from("layer 0ne")], good[1] as [string, Uint8Array]] },
		],
	];
	for (const [name, message, draft] of wrong)
		test(`behavior: refuses ${name}`, async () => {
			await assert.rejects(check(await archive(draft)), { code: "image-invalid", message });
		});

	test("behavior: refuses more bytes than allowed", async () => {
		await assert.rejects(check(await archive({ config: configOf() }), { maxBytes: 17 }), /more than 17 bytes/);
	});

	test("behavior: no flipped bit and no cut goes unnoticed", async () => {
		const bytes = await archive({ config: configOf() });
		for (const random of randomBytes(150)) {
			const at = (random * 7919 + randomBytes(1).readUInt8()) % bytes.byteLength;
			const flipped = Buffer.from(bytes);
			flipped[at] = bytes.readUInt8(at) ^ (1 << (random % 8));
			await assert.rejects(check(flipped), { code: "image-invalid" }, `bit ${random % 8} of byte ${at}`);
			if (at > 0) await assert.rejects(check(bytes.subarray(0, at)), { code: "image-invalid" }, `cut at ${at}`);
		}
	});

	test("behavior: refuses tar of any other form", async () => {
		const tar = pack();
		tar.entry({ name: "manifest.json", mtime: new Date(1000) }, "[]");
		tar.finalize();
		await assert.rejects(check(Buffer.concat(await collect(Readable.from(tar)))), /not stored in the form/);
		await assert.rejects(check(randomBytes(2048)), { code: "image-invalid" });
		await assert.rejects(check(new Uint8Array(0)), { code: "image-invalid" });
		await assert.rejects(
			check(Buffer.concat([await archive({ config: configOf() }), Buffer.alloc(512)])),
			/after its end/,
		);
	});
});

describe("normaliseImage", () => {
	/** What an engine saves: entries of a tar, with links where it writes links. */
	async function saved(entries: [string, Uint8Array | { link: string }][]): Promise<Readable> {
		const tar = pack();
		for (const [name, content] of entries) {
			if (content instanceof Uint8Array) tar.entry({ name, mtime: new Date() }, Buffer.from(content));
			else tar.entry({ name, type: "symlink", linkname: content.link });
		}
		tar.finalize();
		return Readable.from(await collect(tar));
	}
	const config = Buffer.from(JSON.stringify(configOf()));
	const manifest = (Config: string, Layers: string[]) =>
		Buffer.from(JSON.stringify([{ Config, Layers, RepoTags: ["mine:latest"] }]));
	const [one, two] = layers as [Buffer, Buffer];

	const layouts: [string, [string, Uint8Array | { link: string }][]][] = [
		[
			"engines before 25",
			[
				[`${sha(config)}.json`, config],
				["aa/VERSION", Buffer.from("1.0")],
				["aa/layer.tar", one],
				["bb/layer.tar", two],
				["manifest.json", manifest(`${sha(config)}.json`, ["aa/layer.tar", "bb/layer.tar"])],
				["repositories", Buffer.from("{}")],
			],
		],
		[
			"engines before 25 that link equal layers",
			[
				["cc/layer.tar", one],
				["aa/layer.tar", { link: "../cc/layer.tar" }],
				["bb/layer.tar", two],
				[`${sha(config)}.json`, config],
				["manifest.json", manifest(`${sha(config)}.json`, ["aa/layer.tar", "bb/layer.tar"])],
			],
		],
		[
			"engines from 25 on, with compressed layers",
			[
				["oci-layout", Buffer.from("{}")],
				["index.json", Buffer.from("{}")],
				["blobs/sha256/c0", config],
				["blobs/sha256/01", gzipSync(one)],
				["blobs/sha256/02", zstdCompressSync(two)],
				["manifest.json", manifest("blobs/sha256/c0", ["blobs/sha256/01", "blobs/sha256/02"])],
			],
		],
	];
	for (const [name, entries] of layouts)
		test(`default: one image, one archive: ${name}`, async () => {
			const target = join(folder, `normal-${sha(Buffer.from(name)).slice(0, 8)}.tar`);
			const info = await normaliseImage(await saved(entries), target);
			assert.equal(info.imageId, `sha256:${sha(config)}`);
			const first = join(folder, "normal-reference.tar");
			await normaliseImage(await saved((layouts[0] as (typeof layouts)[0])[1]), first);
			assert.deepEqual(await readFile(target), await readFile(first));
		});

	const wrong: [string, RegExp, [string, Uint8Array | { link: string }][]][] = [
		["no manifest", /has no manifest.json/, [["x", one]]],
		[
			"a layer that leads outside",
			/has no aa\/layer.tar/,
			[
				["aa/layer.tar", { link: "../../../../etc/passwd" }],
				[`${sha(config)}.json`, config],
				["manifest.json", manifest(`${sha(config)}.json`, ["aa/layer.tar", "aa/layer.tar"])],
			],
		],
		[
			"a layer with other bytes",
			/other bytes/,
			[
				["a", two],
				["b", one],
				["c.json", config],
				["manifest.json", manifest("c.json", ["a", "b"])],
			],
		],
		[
			"fewer layers than its config",
			/lists 1 layers/,
			[
				["a", one],
				["c.json", config],
				["manifest.json", manifest("c.json", ["a"])],
			],
		],
	];
	for (const [name, message, entries] of wrong)
		test(`behavior: refuses an archive with ${name}`, async () => {
			const target = join(folder, "refused.tar");
			await assert.rejects(normaliseImage(await saved(entries), target), { code: "image-invalid", message });
			await assert.rejects(readFile(target), { code: "ENOENT" });
		});

	test("behavior: refuses what is no tar", async () => {
		await assert.rejects(normaliseImage(Readable.from([randomBytes(4096)]), join(folder, "no.tar")), {
			code: "image-invalid",
		});
	});
});
