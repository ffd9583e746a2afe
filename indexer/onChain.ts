// Whether what was read from a chain is on it still.
import { BlockNotFoundError, type Client, type Hex } from "viem";
import { getBlock } from "viem/actions";

/** An event by what only this chain has in this place. */
export type Landmark = { block: number; tx: Hex; time: number };

/**
 * Looks an event's block up. Transactions alone would not do: a chain that starts anew may see the same ones.
 * @returns `missing` when the chain, or the server that was asked, has no such block
 * @throws viem's error when the chain does not answer
 */
export async function placeOf(
	client: Client,
	{ block, tx, time }: Landmark,
): Promise<"stands" | "replaced" | "missing"> {
	try {
		const found = await getBlock(client, { blockNumber: BigInt(block) });
		return Number(found.timestamp) === time && found.transactions.includes(tx) ? "stands" : "replaced";
	} catch (error) {
		if (error instanceof BlockNotFoundError) return "missing";
		throw error;
	}
}
