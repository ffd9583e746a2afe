import assert from "node:assert/strict";
import { marketAbi } from "depin/abi";
import { getAccount, getNode } from "depin/actions";
import type { Address } from "viem";
import type { Network } from "./network.ts";

/** What a story moved, in base units, by the name of who got or lost it. Sums to nothing. */
export type Moved = Record<string, bigint>;

/** What everybody has, by owner: free balance and the stake of their nodes. `market` is pool, treasury and unswept fees. */
type Worths = Map<Address | "market", bigint>;

/**
 * Opens the books of a story. Closing them gives what everybody got, by the names they have in it, the market's own among
 * them; it fails when a unit is missing, or when somebody got something who has no name in the story.
 */
export async function openBook(network: Network) {
	const before = await read(network);
	return async (names: Record<string, Address | readonly Address[]>): Promise<Moved> => {
		const after = await read(network);
		const left = new Map([...after].map(([who, worth]) => [who, worth - (before.get(who) ?? 0n)]));
		const take = (who: Address | "market") => {
			const moved = left.get(who) ?? 0n;
			left.delete(who);
			return moved;
		};
		const named = Object.entries(names).map(([name, who]) => {
			return [name, [who].flat().reduce((sum, one) => sum + take(one as Address), 0n)] as const;
		});
		const moved = Object.fromEntries([...named, ["pool and fees", take("market")]]);
		assert.deepEqual(
			[...left].filter(([, amount]) => amount !== 0n),
			[],
			"somebody else got something",
		);
		assert.equal(
			Object.values(moved).reduce((sum, amount) => sum + amount, 0n),
			0n,
			"it adds up to the unit",
		);
		return moved;
	};
}

async function read(network: Network): Promise<Worths> {
	const { client, parties } = network;
	const worths: Worths = new Map();
	let fees = 0n;
	await Promise.all(
		[...parties].map(async ([owner, nodes]) => {
			const [account, ...stakes] = await Promise.all([
				getAccount(client, { account: owner }),
				...nodes.map((node) => getNode(client, { node })),
			]);
			fees += account.fees;
			worths.set(
				owner,
				stakes.reduce((sum, { stake }) => sum + stake, account.free + account.wallet),
			);
		}),
	);
	const [treasury, pool] = await client.readContract({
		address: client.deployment.market,
		abi: marketAbi,
		functionName: "totals",
	});
	return worths.set("market", treasury + pool + fees);
}
