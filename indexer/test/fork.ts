import { wander } from "./wander.ts";
import { remember, type World } from "./world.ts";

/** Blocks behind the head that a mirror follows back: one fewer than Ponder waits before it takes a block for final. */
export const DEEPEST = 29;

/**
 * Random acts for exactly `depth` blocks, which the chain then takes back.
 * @param read called while they stand
 */
export async function takeBack(world: World, depth: number, read: () => Promise<void>): Promise<void> {
	const { client } = world.chain;
	const goBack = remember(world);
	const snapshot = await client.snapshot();
	const height = async () => Number(await client.getBlockNumber({ cacheTime: 0 }));
	const last = (await height()) + depth;
	// An act is two calls at most; the last block is an empty one when they do not come out even.
	while ((await height()) < last - 1) await wander(world, 1);
	if ((await height()) < last) await client.mine({ blocks: 1 });
	await read();
	await client.revert({ id: snapshot });
	goBack();
}
