import { type Deployment, explainChainError, type MarketClient } from "depin";
import { ACCESS_LASTS, type ChannelAccess, channelAccessTypedData, decodeChannelAccess } from "depin/channel";
import { type Address, type Hex, isAddressEqual, recoverTypedDataAddress } from "viem";
import { ChannelRefusal } from "./refusal.ts";

/** What a grant must be for, to open this. */
export type Door = { orderId: Hex; node: Address; consumer: Address };

/**
 * The grant in an `Authorization` header, when it is for this order on this node and in force. Who signed it is another
 * question. @param now unix seconds
 * @throws {ChannelRefusal}
 */
export function readGrant(header: string | undefined, { orderId, node }: Omit<Door, "consumer">, now: number) {
	if (!header)
		throw new ChannelRefusal(401, "access-missing", "send Authorization: Depin <grant>, signed by the consumer");
	const access = decodeChannelAccess(header);
	if (!access) throw new ChannelRefusal(401, "access-invalid", "the Authorization header holds no grant");
	if (access.orderId !== orderId) throw new ChannelRefusal(403, "access-denied", "the grant is for another order");
	if (!isAddressEqual(access.node, node))
		throw new ChannelRefusal(403, "access-denied", "the grant is for another node");
	if (access.expiresAt <= now) throw new ChannelRefusal(401, "access-expired", "the grant is over; sign another");
	if (access.expiresAt > now + ACCESS_LASTS)
		throw new ChannelRefusal(401, "access-invalid", `a grant may last ${ACCESS_LASTS} s; this one lasts longer`);
	return access;
}

/** Whether a contract account stands by a signature; asked of the chain. */
export type AskAccount = (consumer: Address, access: ChannelAccess) => Promise<boolean>;

/**
 * Lets the consumer's signature through, a key's or a contract account's.
 * @throws {ChannelRefusal}
 */
export async function requireConsumer(
	deployment: Deployment,
	access: ChannelAccess,
	consumer: Address,
	askAccount: AskAccount,
): Promise<void> {
	if (await isKeysSignature(deployment, access, consumer)) return;
	if (await askAccount(consumer, access)) return;
	throw new ChannelRefusal(403, "access-denied", `the grant is not signed by ${consumer}, whose order this is`);
}

async function isKeysSignature(deployment: Deployment, access: ChannelAccess, consumer: Address): Promise<boolean> {
	try {
		const { signature } = access;
		const signer = await recoverTypedDataAddress({ ...channelAccessTypedData(deployment, access), signature });
		return isAddressEqual(signer, consumer);
	} catch {
		return false; // no signature of a key
	}
}

/** Wrong signatures are free to make, so only so many of them may keep the chain's endpoint busy. */
const MOST_QUESTIONS = 4;
/** Accounts remembered as plain keys. */
const MOST_KEYS = 10_000;

/** ERC-1271 (and ERC-6492), asked only of accounts that have code. */
export function createAskAccount(client: MarketClient): AskAccount {
	const keys = new Set<Address>();
	let questions = 0;
	return async (consumer, access) => {
		if (keys.has(consumer)) return false;
		if (questions >= MOST_QUESTIONS)
			throw new ChannelRefusal(503, "not-ready", "too many contract accounts ask at once; try again");
		questions += 1;
		try {
			if (await client.getCode({ address: consumer })) {
				const { signature } = access;
				return await client.verifyTypedData({
					...channelAccessTypedData(client.deployment, access),
					address: consumer,
					signature,
				});
			}
			if (keys.size >= MOST_KEYS) keys.clear();
			keys.add(consumer);
			return false;
		} catch (error) {
			throw explainChainError(error, "checking a contract account's signature");
		} finally {
			questions -= 1;
		}
	};
}
