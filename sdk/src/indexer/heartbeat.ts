// What a node says of itself every few seconds: what it could take on now, at what price, and what it holds already. It
// is the node's word, signed by its key and good for a short while; money and reputation never follow from it.
import { type Address, type Hex, type LocalAccount, recoverTypedDataAddress } from "viem";
import { z } from "zod";
import { type Deployment, marketDomain } from "../chain/typedData.ts";
import { canonicalBytes } from "../jobs/canonicalJson.ts";
import { sha256, toHex } from "../storage/block.ts";

/** How often a node sends one, and how long the last one counts; seconds. */
export const HEARTBEAT_EVERY = 15;
export const HEARTBEAT_LASTS = 45;
/** How far the sender's clock may be off, seconds. */
export const HEARTBEAT_SKEW = 30;
/** Longest list of what a node holds. */
const MAX_WARM = 256;

const whole = z.int().min(0);
const address = z.string().regex(/^0x[0-9a-f]{40}$/, "must be an address in lower case");
const capacity = z.strictObject({
	slots: whole.max(65_535),
	cpus: z.number().min(0).max(65_536),
	memoryMiB: whole,
	gpus: whole.max(1_024),
	diskMiB: whole,
});
const amount = z.string().regex(/^\d{1,38}$/, "must be base units of the asset, as decimal text");
const content = z.string().regex(/^[\x21-\x7e]{1,512}$/, "must be a CID or <repository>@sha256:<digest>");

/** Amounts in base units, sizes in MiB, `sentAt` in unix milliseconds. */
export const heartbeatSchema = z.strictObject({
	version: z.literal(1),
	node: address,
	/** Later ones replace earlier ones; an earlier or equal one is a replay. */
	sentAt: whole,
	class: whole.max(65_535),
	/** Finishing what it has, taking nothing new. */
	draining: z.boolean(),
	tiers: z.array(z.enum(["container", "sandbox", "vm"])).max(3),
	/** Of those, under which a job can have a network; absent = none. */
	egress: z
		.array(z.enum(["container", "sandbox", "vm"]))
		.max(3)
		.optional(),
	/** Lent out in all, and of it not in use. */
	total: capacity,
	free: capacity,
	/** The least it works for: per job, and per second of container time. */
	price: z.strictObject({ min: amount, minPerSecond: amount }),
	/** Where a consumer follows what a job prints; docs/node-channel.md. */
	channel: z
		.url({ protocol: /^https?$/ })
		.max(512)
		.optional(),
	/** What needs no fetching: images by CID or digest, inputs by CID; the most recent ones. */
	warm: z.strictObject({ images: z.array(content).max(MAX_WARM), contents: z.array(content).max(MAX_WARM) }),
});

/** What travels to `POST /v1/nodes/<address>/heartbeat`. */
export const signedHeartbeatSchema = z.strictObject({
	heartbeat: heartbeatSchema,
	signature: z.string().regex(/^0x[0-9a-f]{130}$/, "must be a signature of 65 bytes"),
});

/** How the gateway answers it, and what it shows to others; times in unix milliseconds. */
export const heartbeatReceiptSchema = z.object({ node: address, expiresAt: whole });
export const shownHeartbeatSchema = signedHeartbeatSchema.extend({ expiresAt: whole });

export type Heartbeat = z.infer<typeof heartbeatSchema>;
export type SignedHeartbeat = z.infer<typeof signedHeartbeatSchema>;
export type HeartbeatReceipt = z.infer<typeof heartbeatReceiptSchema>;
export type ShownHeartbeat = z.infer<typeof shownHeartbeatSchema>;

/** Bound to one Market by the domain; `content` is the sha2-256 of the heartbeat's canonical JSON. */
const heartbeatTypes = {
	Heartbeat: [
		{ name: "node", type: "address" },
		{ name: "sentAt", type: "uint64" },
		{ name: "content", type: "bytes32" },
	],
} as const;

function typedData({ chainId, market }: Deployment, heartbeat: Heartbeat) {
	return {
		domain: marketDomain({ chainId, market }),
		types: heartbeatTypes,
		primaryType: "Heartbeat",
		message: {
			node: heartbeat.node as Address,
			sentAt: BigInt(heartbeat.sentAt),
			content: toHex(sha256(canonicalBytes(heartbeat))) as Hex,
		},
	} as const;
}

/** Signs with the node's key; needs no chain. */
export async function signHeartbeat(
	deployment: Deployment,
	account: LocalAccount,
	said: Omit<Heartbeat, "node">,
): Promise<SignedHeartbeat> {
	const heartbeat = { ...said, node: account.address.toLowerCase() };
	return { heartbeat, signature: await account.signTypedData(typedData(deployment, heartbeat)) };
}

/** Whether the node that it speaks of signed it, for this Market. */
export async function isSignedByNode(
	deployment: Deployment,
	{ heartbeat, signature }: SignedHeartbeat,
): Promise<boolean> {
	try {
		const signer = await recoverTypedDataAddress({ ...typedData(deployment, heartbeat), signature: signature as Hex });
		return signer.toLowerCase() === heartbeat.node;
	} catch {
		return false; // no point of the curve: nobody signed it
	}
}
