import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { createContentClient } from "depin/storage";
import { ensureEngine } from "../../../deploy/engine/ensure.ts";
import { lackOf } from "../../../deploy/setup/servers.ts";
import { dockerEngine } from "../../src/engine/docker.ts";
import { createCache } from "../../src/node/cache/cache.ts";
import { createContentCache } from "../../src/node/content.ts";
import { openJournal } from "../../src/node/journal.ts";
import type { SignaturePolicy } from "../../src/registry/imagePolicy.ts";
import { type MadeUpImage, pushImage } from "../madeUpImage.ts";
import { testSpec } from "../plan.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";

const PROVING = process.env["DEPIN_PROVE"] === "1";
const MIB = 2 ** 20;

/** An image that must never be in the engine: here the attack is over before there is a container. */
type HostileImage = {
	name: string;
	image: MadeUpImage;
	stoppedBy: string;
	reason: string;
	node?: { maxBytes?: number; keepFree?: number; signatures?: SignaturePolicy; allowPrivate?: boolean };
};

const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ours = String(publicKey.export({ type: "spki", format: "pem" }));
const MANIFEST = "its manifest, read at the registry";
const CONFIG = "its config, read at the registry";

const hostile: HostileImage[] = [
	{
		name: "image unfolds to 4,000 times its size",
		image: { files: { zeros: Buffer.alloc(64 * MIB) } },
		stoppedBy: "size after the pull, and then it goes",
		reason: "image-invalid",
		node: { maxBytes: 16 * MIB },
	},
	{
		name: "image larger than the disk has room for",
		image: { files: { data: randomBytes(MIB) } },
		stoppedBy: "room is looked for before a byte comes",
		reason: "disk-full",
		node: { keepFree: 2 ** 60 },
	},
	{
		name: "image of one layer thirty times over",
		image: { files: { data: randomBytes(MIB) }, layers: (layer) => Array.from({ length: 30 }, () => layer) },
		stoppedBy: MANIFEST,
		reason: "image-invalid",
		node: { maxBytes: 16 * MIB },
	},
	{
		name: "image's layer lies on another server",
		image: { layers: (layer) => [{ ...layer, urls: ["http://169.254.169.254/latest"] }] },
		stoppedBy: MANIFEST,
		reason: "image-invalid",
	},
	{
		name: "image for another processor",
		image: { architecture: "s390x" },
		stoppedBy: CONFIG,
		reason: "image-invalid",
	},
	{
		name: "image starts in an open file of the runtime",
		image: { config: { WorkingDir: "/proc/self/fd/8" } },
		stoppedBy: CONFIG,
		reason: "image-invalid",
	},
	{
		name: "image preloads a library into the runtime's hooks",
		image: { config: { Env: ["LD_PRELOAD=/owned.so"] } },
		stoppedBy: CONFIG,
		reason: "image-invalid",
	},
	{
		name: "image passes its containers off as a node's",
		image: { config: { Labels: { "depin.node": "0x0000000000000000000000000000000000000001" } } },
		stoppedBy: CONFIG,
		reason: "image-invalid",
	},
	{
		name: "image of a stranger where signed ones are asked for",
		image: {},
		stoppedBy: "signature policy",
		reason: "image-unsigned",
		node: { signatures: [{ images: ["*"], keys: [ours] }] },
	},
	{
		name: "image's registry is this machine's own network",
		image: {},
		stoppedBy: "addresses a stranger names are judged after resolution",
		reason: "image-missing",
		node: { allowPrivate: false },
	},
];

const table: string[][] = [];
after(() => {
	for (const [name = "", control = ""] of table) console.log(`${name.padEnd(64)}  ${control}`);
	console.log(`${table.length} images`);
});

describe("images that must never be in the engine", { skip: lackOf("docker-registry") }, () => {
	let registry: TestRegistry;
	let dir = "";
	let engine: Awaited<ReturnType<typeof ensureEngine>>;
	before(async () => {
		engine = await ensureEngine(() => {});
		registry = await startRegistry();
		dir = await mkdtemp(join(tmpdir(), "depin-hostile-images-"));
	});
	after(async () => {
		await registry.stop();
		await rm(dir, { recursive: true, force: true });
	});

	for (const [index, attack] of hostile.entries()) {
		const { name, stoppedBy } = attack;
		test(name, async () => {
			// Some bytes of its own, so that no earlier run left any of it behind.
			const files = { ...attack.image.files, salt: randomBytes(16) };
			const image = await pushImage(registry, `hostile/${index}`, { ...attack.image, files });
			if (PROVING) await pulled(image);
			else await refused(image, attack, index);
			table.push([name, PROVING ? `without ${stoppedBy}: the engine has it` : stoppedBy]);
		});
	}

	async function refused(image: string, { node = {}, reason }: HostileImage, index: number): Promise<void> {
		const { maxBytes = 2 ** 30, keepFree = 0, signatures = [], allowPrivate = true } = node;
		const stateDir = join(dir, `${index}`);
		const own = dockerEngine({ socketPath: engine.socketPath });
		const journal = openJournal(join(stateDir, "node.db"));
		const limits = { watermarks: { high: 2 ** 50, low: 2 ** 50 }, keepFree };
		const events = { evicting: async () => {}, evicted: () => {}, holds: () => {} };
		const disks = { image: stateDir, input: stateDir, outputs: stateDir };
		const cache = createCache({ journal, engine: own, stateDir, disks, limits, events });
		const client = createContentClient({ sources: [], allowPrivateSources: allowPrivate });
		const rules = { maxBytes, signatures };
		const holders = () => new Set<string>();
		const content = createContentCache({ client, engine: own, cache, stateDir, rules, holders });
		const use = { holder: "job", sources: [], signal: AbortSignal.timeout(60_000) };
		try {
			await assert.rejects(content.ensure(testSpec({ image }), use), { name: "ContentFailure", reason });
			assert.equal(await own.imageId(image), undefined, "nothing of it is in the engine");
		} finally {
			own.close();
			journal.close();
		}
	}

	/** What an engine does that is simply told to pull. */
	async function pulled(image: string): Promise<void> {
		await text(await engine.docker.pull(image));
		await engine.docker.getImage(image).remove(); // an error where it has none
	}
});
