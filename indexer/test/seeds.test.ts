// A seed names one history, whenever it is played: a failing one can be run again.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startChain } from "./chain.ts";
import { open } from "./script.ts";
import { wander } from "./wander.ts";
import { BEGINS, createWorld } from "./world.ts";

const SEED = 20_261_121;
const ACTS = 60;

test("behavior: a seed gives the same events in the same blocks each time", { timeout: 120_000 }, async () => {
	const first = await play();
	assert.ok(first.length > ACTS / 2);
	assert.deepEqual(await play(), first);
});

async function play() {
	const dir = mkdtempSync(join(tmpdir(), "depin-seed-"));
	const chain = await startChain(dir);
	try {
		const world = await createWorld(chain, SEED);
		const fromBlock = await chain.client.getBlockNumber();
		assert.equal(world.now, BEGINS + world.calls, "its time is not the machine's");
		await open(world);
		await wander(world, ACTS);
		const logs = await chain.client.getLogs({ address: [chain.market, chain.arbiter], fromBlock });
		return logs.map(({ blockHash: _, transactionHash: __, ...log }) => log);
	} finally {
		await chain.close();
		rmSync(dir, { recursive: true, force: true });
	}
}
