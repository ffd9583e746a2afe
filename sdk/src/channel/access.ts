// Who may read what a node shows of an order while it runs: the order's account, by a signature that names the order,
// the node and the moment it ends. One grant opens every job of the order on that node, and nothing else anywhere.
import type { Address, Hex, LocalAccount } from "viem";
import { z } from "zod";
import { type Deployment, marketDomain } from "../chain/typedData.ts";

/** A node refuses grants that end later than this from now, seconds: a lost one must not stay good for ever. */
export const ACCESS_LASTS = 86_400;

export type ChannelGrant = {
	orderId: Hex;
	/** Who the grant is shown to. */
	node: Address;
	/** Unix seconds. */
	expiresAt: number;
};

export type ChannelAccess = ChannelGrant & { signature: Hex };

const hex = (pattern: RegExp, error: string) => z.custom<Hex>((value) => pattern.test(String(value)), error);

const channelAccessSchema = z.strictObject({
	orderId: hex(/^0x[0-9a-f]{64}$/, "must be an order id in lower case"),
	node: hex(/^0x[0-9a-fA-F]{40}$/, "must be an address"),
	expiresAt: z
		.int()
		.min(0)
		.max(2 ** 40),
	// A contract's signature may be longer than a key's 65 bytes; what fits a header is enough.
	signature: hex(/^0x([0-9a-fA-F]{2}){1,2048}$/, "must be a signature"),
});

/** What a wallet signs; its form is `signTypedData`'s parameter. */
export function channelAccessTypedData({ chainId, market }: Deployment, { orderId, node, expiresAt }: ChannelGrant) {
	return {
		domain: marketDomain({ chainId, market }),
		types: {
			ChannelAccess: [
				{ name: "orderId", type: "bytes32" },
				{ name: "node", type: "address" },
				{ name: "expiresAt", type: "uint64" },
			],
		},
		primaryType: "ChannelAccess",
		message: { orderId, node, expiresAt: BigInt(expiresAt) },
	} as const;
}

/**
 * Signs with a local key; needs no chain.
 *
 * @example
 * const expiresAt = Math.floor(Date.now() / 1000) + 3600;
 * const access = await signChannelAccess(deployment, account, { orderId, node, expiresAt });
 */
export async function signChannelAccess(
	deployment: Deployment,
	account: LocalAccount,
	grant: ChannelGrant,
): Promise<ChannelAccess> {
	return { ...grant, signature: await account.signTypedData(channelAccessTypedData(deployment, grant)) };
}

const SCHEME = "Depin";

/** The value of the `Authorization` header. */
export function encodeChannelAccess({ orderId, node, expiresAt, signature }: ChannelAccess): string {
	const text = btoa(JSON.stringify({ orderId, node, expiresAt, signature }));
	return `${SCHEME} ${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** Undefined for whatever is no grant. Says nothing about who signed it. */
export function decodeChannelAccess(header: string): ChannelAccess | undefined {
	const [, text] = /^Depin ([\w-]{1,8192})$/i.exec(header) ?? [];
	if (text === undefined) return undefined;
	try {
		const json: unknown = JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
		return channelAccessSchema.safeParse(json).data;
	} catch {
		return undefined; // neither base64 nor JSON
	}
}
