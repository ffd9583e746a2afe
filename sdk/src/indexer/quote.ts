// "Who could take this order now, and what stands in the way?" The question and the answer of `POST /v1/quote`. Amounts
// travel as decimal strings of base units, sizes in MiB, spans in seconds.
import { z } from "zod";
import { checksNeeded } from "../chain/deterrence.ts";
import { jobEscrow } from "../chain/pricing.ts";
import { jobCount, type Order } from "../chain/terms.ts";
import { needsOf } from "../jobs/needs.ts";
import type { JobSpec } from "../jobs/spec.ts";

const whole = z.int().min(0);
const count = whole.max(4_294_967_295);
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "must be an address");
const amount = z.string().regex(/^\d{1,38}$/, "must be base units of the asset, as decimal text");
const name = z.string().regex(/^[\x21-\x7e]{1,512}$/, "must be a CID or <repository>@sha256:<digest>");
/** Isolation tiers, weakest first. */
export const tiers = ["container", "sandbox", "vm"] as const;

/** A draft of an order, as far as it decides who can take it. */
export const quoteRequestSchema = z.strictObject({
	class: whole.max(65_535),
	/** Only this node may take it; null = anybody of the class. */
	node: address.nullable().default(null),
	jobs: count.min(1).default(1),
	/** Price a second instead of a job. */
	metered: z.boolean().default(false),
	startPrice: amount,
	maxPrice: amount,
	rampFor: count.default(0),
	/** Seconds from claim to submit. */
	maxRun: count.min(1),
	/** Stake that each job locks. */
	bond: amount,
	tier: z.enum(tiers).default("container"),
	/** Whether the job asks for a network; to which places is the operator's to judge. */
	network: z.enum(["none", "egress"]).default("none"),
	resources: z.strictObject({
		cpus: z.number().min(0).max(65_536),
		memoryMiB: whole,
		gpus: whole.max(1_024),
		diskMiB: whole,
	}),
	/** What the job needs by CID or digest, as far as it has one; whoever holds it starts sooner. */
	images: z.array(name).max(64).default([]),
	contents: z.array(name).max(64).default([]),
});

/** In the order in which they are counted. */
export const quoteConstraints = [
	"class",
	"node",
	"bond",
	"tier",
	"network",
	"cpus",
	"memoryMiB",
	"gpus",
	"diskMiB",
	"maxPrice",
] as const;
export type QuoteConstraint = (typeof quoteConstraints)[number];

const bigAmount = amount.transform(BigInt);
const change = z.object({ constraint: z.enum(quoteConstraints), asked: z.string(), to: z.string() });

export const quoteSchema = z.object({
	/** Block up to which the mirror had read. */
	block: whole,
	/** Nodes of any class that are registered, active and heard of within the last seconds. */
	live: whole,
	constraints: z.array(
		z.object({
			constraint: z.enum(quoteConstraints),
			asked: z.string(),
			/** Live nodes that meet this one, whatever of the others. */
			passing: whole,
			/** Live nodes that meet this one and all before it. */
			remaining: whole,
		}),
	),
	/** Of those that meet all: how many have room now, and how many of the order's jobs they could run at once. */
	free: whole,
	freeJobs: whole,
	/** Least changes that would let more nodes take it, the smallest first. */
	relax: z.array(z.object({ changes: z.array(change), gains: whole })),
	/** Least price at which a node that meets all else has room for it now, and at which all its jobs start at once. */
	clears: bigAmount.nullable(),
	clearsAll: bigAmount.nullable(),
	start: z.object({
		/** Expected from posting to the container's start; null when nothing is known. */
		seconds: z.number().nullable(),
		/** Of it: until the climbing price is taken, and the class's own medians of late. */
		rampSeconds: whole.nullable(),
		claimSeconds: z.number().nullable(),
		containerSeconds: z.number().nullable(),
		/** How many jobs of the class the medians are of. */
		samples: whole,
		/** Nodes that meet all and hold everything named already. */
		warm: whole,
	}),
	/** Whether checks by chance alone make cheating a loss, counting only the stake that the order locks. */
	deterrence: z.object({ holds: z.boolean(), auditBps: whole, neededBps: whole.nullable() }),
});

/** `GET /v1/asset`. */
export const assetSchema = z.object({ address: z.string(), symbol: z.string(), decimals: whole });

export type QuoteRequest = z.input<typeof quoteRequestSchema>;
export type QuoteQuestion = z.output<typeof quoteRequestSchema>;
export type QuoteJson = z.input<typeof quoteSchema>;
export type QuoteAnswer = z.output<typeof quoteSchema>;
export type AssetJson = z.input<typeof assetSchema>;

/** The question that a drafted order asks. `images` and `contents`: what of the job has a CID already. */
export function quoteRequestOf(
	order: Order,
	spec: Pick<JobSpec, "resources" | "tier" | "network" | "outputs">,
	{ images, contents }: { images: string[]; contents: string[] },
): QuoteRequest {
	const { tier, network } = spec;
	return {
		class: order.class,
		node: BigInt(order.node) === 0n ? null : order.node,
		jobs: jobCount(order),
		metered: order.metered,
		startPrice: String(order.startPrice),
		maxPrice: String(order.maxPrice),
		rampFor: order.rampFor,
		maxRun: order.maxRun,
		bond: String(order.bond),
		tier,
		network: network === "none" ? "none" : "egress",
		resources: needsOf(spec),
		images,
		contents,
	};
}

/** Audits at random, in 1/10000 of the jobs, from which on cheating at this order loses; undefined when none suffices. */
export function auditsNeeded({ bond, ...price }: Pick<Order, "metered" | "maxPrice" | "maxRun" | "bond">) {
	return checksNeeded(jobEscrow(price), bond);
}
