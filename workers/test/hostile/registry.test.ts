import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createContentClient } from "depin/storage";
import { ensureEngine } from "../../../deploy/engine/ensure.ts";
import { lackOf } from "../../../deploy/setup/servers.ts";
import { dockerEngine } from "../../src/engine/docker.ts";
import type { ContainerEngine } from "../../src/engine/engine.ts";
import { createCache } from "../../src/node/cache/cache.ts";
import { createContentCache } from "../../src/node/content.ts";
import { openJournal } from "../../src/node/journal.ts";
import type { SignaturePolicy } from "../../src/registry/imagePolicy.ts";
import { type MadeUpImage, pushImage } from "../madeUpImage.ts";
import { testSpec } from "../plan.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { newTable, PROVING } from "./table.ts";

const MIB = 2 ** 20;

type NodeRules = { maxBytes?: number; keepFree?: number; signatures?: SignaturePolicy; allowPrivate?: boolean };

/** An image that must never be in the engine: here the attack is over before there is a container. */
type HostileImage = {
	name: string;
	image: MadeUpImage;
	stoppedBy: string;
	reason: string;
	node?: NodeRules;
	/** How a careless node has it: with other rules, or told to pull without a look at the registry. */
	off: NodeRules | "unread";
	/** What holds it then. Absent when the engine gets it. */
	secondControl?: string;
};

const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ours = String(publicKey.export({ type: "spki", format: "pem" }));
const MANIFEST = "its manifest, read at the registry";
const CONFIG = "its config, read at the registry";
const AFTERWARDS = "its config, read in the engine, and then it goes";

const hostile: HostileImage[] = [
	{
		name: "image unfolds to 4,000 times its size",
		image: { files: { zeros: Buffer.alloc(64 * MIB) } },
		stoppedBy: "size after the pull, and then it goes",
		reason: "image-invalid",
		node: { maxBytes: 16 * MIB },
		off: {},
	},
	{
		name: "image larger than the disk has room for",
		image: { files: { data: randomBytes(MIB) } },
		stoppedBy: "room is looked for before a byte comes",
		reason: "disk-full",
		node: { keepFree: 2 ** 60 },
		off: {},
	},
	{
		name: "image of one layer thirty times over",
		image: { files: { data: randomBytes(MIB) }, layers: (layer) => Array.from({ length: 30 }, () => layer) },
		stoppedBy: MANIFEST,
		reason: "image-invalid",
		node: { maxBytes: 16 * MIB },
		off: "unread",
		secondControl: "size after the pull, and then it goes",
	},
	{
		name: "image's layer lies on another server",
		image: { layers: (layer) => [{ ...layer, urls: ["http://169.254.169.254/latest"] }] },
		stoppedBy: MANIFEST,
		reason: "image-invalid",
		off: "unread",
	},
	{
		name: "image for another processor",
		image: { architecture: "s390x" },
		stoppedBy: CONFIG,
		reason: "image-invalid",
		off: "unread",
		secondControl: AFTERWARDS,
	},
	{
		name: "image starts in an open file of the runtime",
		image: { config: { WorkingDir: "/proc/self/fd/8" } },
		stoppedBy: CONFIG,
		reason: "image-invalid",
		off: "unread",
		secondControl: AFTERWARDS,
	},
	{
		name: "image preloads a library into the runtime's hooks",
		image: { config: { Env: ["LD_PRELOAD=/owned.so"] } },
		stoppedBy: CONFIG,
		reason: "image-invalid",
		off: "unread",
		secondControl: AFTERWARDS,
	},
	{
		name: "image passes its containers off as a node's",
		image: { config: { Labels: { "depin.node": "0x0000000000000000000000000000000000000001" } } },
		stoppedBy: CONFIG,
		reason: "image-invalid",
		off: "unread",
		secondControl: AFTERWARDS,
	},
	{
		name: "image of a stranger where signed ones are asked for",
		image: {},
		stoppedBy: "signature policy",
		reason: "image-unsigned",
		node: { signatures: [{ images: ["*"], keys: [ours] }] },
		off: {},
	},
	{
		name: "image's registry is this machine's own network",
		image: {},
		stoppedBy: "addresses a stranger names are judged after resolution",
		reason: "image-missing",
		node: { allowPrivate: false },
		off: {},
	},
];

const table = newTable("images at a registry");
after(table.print);

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
		test(attack.name, async () => {
			// Some bytes of its own, so that no earlier run left any of it behind.
			const files = { ...attack.image.files, salt: randomBytes(16) };
			const image = await pushImage(registry, `hostile/${index}`, { ...attack.image, files });
			await on(index, PROVING && attack.off !== "unread" ? attack.off : attack.node, async (node) => {
				if (!PROVING) await refused(image, attack, node);
				else if (attack.off === "unread") await unread(image, attack, node);
				else await taken(image, node);
			});
			table.add(attack, "any", attack.secondControl);
		});
	}

	type Node = { engine: ContainerEngine; ensure(image: string): Promise<unknown>; maxBytes: number };

	/** The part of a node that fetches images, with these rules. */
	async function on(index: number, rules: NodeRules = {}, use: (node: Node) => Promise<void>): Promise<void> {
		const { maxBytes = 2 ** 30, keepFree = 0, signatures = [], allowPrivate = true } = rules;
		const stateDir = join(dir, `${index}`);
		const own = dockerEngine({ socketPath: engine.socketPath });
		const journal = openJournal(join(stateDir, "node.db"));
		const limits = { watermarks: { high: 2 ** 50, low: 2 ** 50 }, keepFree };
		const events = { evicting: async () => {}, evicted: () => {}, holds: () => {} };
		const disks = { image: stateDir, input: stateDir, outputs: stateDir };
		const cache = createCache({ journal, engine: own, stateDir, disks, limits, events });
		const client = createContentClient({ sources: [], allowPrivateSources: allowPrivate });
		const holders = () => new Set<string>();
		const options = { client, engine: own, cache, stateDir, rules: { maxBytes, signatures }, holders };
		const content = createContentCache(options);
		const wanted = { holder: "job", sources: [], signal: AbortSignal.timeout(60_000) };
		try {
			await use({ engine: own, ensure: (image) => content.ensure(testSpec({ image }), wanted), maxBytes });
		} finally {
			own.close();
			journal.close();
		}
	}

	async function refused(image: string, { reason }: HostileImage, node: Node): Promise<void> {
		await assert.rejects(node.ensure(image), { name: "ContentFailure", reason });
		assert.equal(await node.engine.imageId(image), undefined, "nothing of it is in the engine");
	}

	async function taken(image: string, node: Node): Promise<void> {
		await node.ensure(image);
		await engine.docker.getImage(image).remove(); // an error where it has none
	}

	/** What then stands between it and a job, if anything does, is the look at what was pulled. */
	async function unread(image: string, { secondControl, reason }: HostileImage, node: Node): Promise<void> {
		const signal = AbortSignal.timeout(60_000);
		if (secondControl === AFTERWARDS) {
			await assert.rejects(node.engine.pullImage(image, signal), { code: reason });
			return assert.equal(await node.engine.imageId(image), undefined, "it went again");
		}
		const id = await node.engine.pullImage(image, signal);
		const tooLarge = (await node.engine.imageBytes(id)) > node.maxBytes;
		assert.equal(tooLarge, secondControl !== undefined);
		await engine.docker.getImage(image).remove();
	}
});
