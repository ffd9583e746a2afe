import { z } from "zod";
import { egressConfigSchema } from "../egress/allowance.ts";
import { tiers } from "../engine/tiers.ts";
import { QUOTA_SOCKET } from "../quota/protocol.ts";
import { signaturePolicySchema } from "../registry/imagePolicy.ts";
import { addressSchema, amountSchema, baseFields, chainSchema, keySchema, listenSchema } from "../runtime/config.ts";

import { policySchema } from "./policy.ts";

/** What a node will not work below; base units of the asset. Absent = any price the terms offer. */
const priceSchema = z
	.strictObject({
		/** Per job, for fixed prices. */
		min: amountSchema.optional(),
		/** Per second of container time; for fixed prices, per second the job may take. */
		minPerSecond: amountSchema.optional(),
	})
	.prefault({});

/** What of the machine is lent out. Absent = all of it, less what the node itself needs. */
const capacitySchema = z
	.strictObject({
		cpus: z.number().positive().optional(),
		memoryMiB: z.int().min(64).optional(),
		gpus: z.int().min(0).max(64).default(0),
		/** Containers at once. */
		slots: z.int().min(1).max(256).default(4),
		/** Disk that outputs of all running jobs may promise to fill, MiB. Absent = what is free in `stateDir`. */
		diskMiB: z.int().min(64).optional(),
	})
	.prefault({});

const mib = z.int().min(64);

/** What stays of the disk, and how much of it the cache of images and inputs may take, MiB. */
const diskSchema = z
	.strictObject({
		/** Nothing is fetched or run that would leave less. */
		keepFreeMiB: z.int().min(0).default(2048),
		/** Above it, what was not used for longest goes. Absent = half of the disk. */
		cacheHighMiB: mib.optional(),
		/** Down to it. Absent = four fifths of `cacheHighMiB`. */
		cacheLowMiB: mib.optional(),
	})
	.refine(({ cacheHighMiB, cacheLowMiB }) => (cacheLowMiB ?? 0) <= (cacheHighMiB ?? Number.POSITIVE_INFINITY), {
		path: ["cacheLowMiB"],
		error: "must not be above cacheHighMiB",
	})
	.prefault({});

const imagesSchema = z
	.strictObject({
		/** Of all layers of one image, unpacked. */
		maxMiB: mib.default(65_536),
		/** Whose signature which images need. */
		signatures: signaturePolicySchema,
	})
	.prefault({});

const httpUrl = z.url({ protocol: /^https?$/ });

/** How consumers reach what their jobs print. Absent = not before the result. */
const channelSchema = z
	.strictObject({
		/** Of its own: this one faces strangers. */
		listen: listenSchema(8183).unwrap().optional(),
		/** What it is reached at from outside, behind whatever adds TLS. */
		url: httpUrl.optional(),
		/** Through a storage node, for machines that nobody can dial; its token as for uploads. */
		relay: z.strictObject({ url: httpUrl, token: z.string().min(1) }).optional(),
	})
	.refine(({ listen, url, relay }) => (relay ? !listen && !url : listen && url), {
		error: "needs either relay, or listen and url",
	})
	.optional();

export const nodeConfigSchema = z.strictObject({
	...baseFields,
	chain: chainSchema,
	key: keySchema,
	/** Who is paid. A node registered by anybody else refuses to run. */
	owner: addressSchema,
	class: z.int().min(0).max(65_535),
	/** Unsettled jobs at once, as registered; the chain has the last word. */
	maxOpen: z.int().min(1).max(65_535).optional(),
	price: priceSchema,
	engine: z
		.strictObject({
			socket: z.string().min(1).default("/var/run/docker.sock"),
			/** Of the quota helper, for a node that is not root. */
			quotaSocket: z.string().min(1).default(QUOTA_SOCKET),
		})
		.prefault({}),
	storage: z.strictObject({ url: z.url({ protocol: /^https?$/ }), token: z.string().min(1) }),
	/** The public indexer that is told what this node could take on. Absent = nobody is. */
	gateway: z.strictObject({ url: z.url({ protocol: /^https?$/ }) }).optional(),
	channel: channelSchema,
	/** Gateways asked besides the storage node and whatever an order names. */
	sources: z
		.array(z.url({ protocol: /^https?$/ }))
		.max(16)
		.default([]),
	/** Lets orders name sources on this machine or its network: for local networks only. */
	allowPrivateSources: z.boolean().default(false),
	/**
	 * Sits on panels it is drawn for: runs a disputed task again, votes, and is paid for it. Every active node can be drawn,
	 * and one that stays silent loses a slice of its stake each time.
	 */
	juror: z.boolean().default(true),
	/**
	 * The most inputs of a challenged job that are stored for its jurors, MiB. Whoever challenges chose their size, and
	 * keeping them back costs this node nothing but the reward for a wrong challenge: jurors without inputs abstain.
	 */
	handOverMaxMiB: z.int().min(0).default(16_384),
	/** Journal, caches, running jobs; relative to this file. */
	stateDir: z.string().min(1),
	capacity: capacitySchema,
	disk: diskSchema,
	images: imagesSchema,
	listen: listenSchema(8181),
	/** Isolation tiers lent out. Absent = each one the engine has a runtime for, once it was seen to hold. */
	tiers: z.array(z.enum(tiers)).min(1).optional(),
	/** What the operator takes on, by image, command, network and consumer. */
	policy: policySchema,
	/** What jobs may reach over the network. Absent = nothing. */
	egress: egressConfigSchema,
	/** The least isolation the class's public document promises; jobs that ask for less get this. */
	tierFloor: z.enum(tiers).default("container"),
});

export type NodeConfig = z.output<typeof nodeConfigSchema>;
