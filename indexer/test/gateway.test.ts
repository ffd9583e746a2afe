// The gateway in front of a real mirror of a real chain: what it passes on is what the mirror says.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { createIndexerClient } from "depin/indexer";
import type { Gateway } from "../gateway/gateway.ts";
import { type LocalChain, startChain } from "./chain.ts";
import { openGateway } from "./gateway.ts";
import { createListener, type Listener } from "./listener.ts";
import { type Mirror, startMirror, until } from "./mirror.ts";
import { open } from "./script.ts";
import { wander } from "./wander.ts";
import { createWorld, remember, type World } from "./world.ts";

suite("gateway", { timeout: 300_000 }, () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-gateway-"));
	let chain: LocalChain;
	let world: World;
	let mirror: Mirror;
	let gateway: Gateway;

	before(async () => {
		chain = await startChain(dir);
		world = await createWorld(chain, 11);
		await open(world);
		await wander(world, 40);
		mirror = await startMirror({ ...chain, dir });
		gateway = await openGateway({ mirrorUrl: mirror.url, rpcUrl: chain.url, dir }, { readyWithin: 0 });
	});
	after(async () => {
		await gateway?.close();
		await mirror?.stop();
		await chain.close();
		rmSync(dir, { recursive: true, force: true });
	});

	test("default", async () => {
		const through = createIndexerClient({ url: gateway.url });
		const direct = createIndexerClient({ url: mirror.url });
		assert.deepEqual(await through.market(), await direct.market());
		const { items, nextCursor } = await through.orders({ limit: 5 });
		assert.deepEqual({ items, nextCursor }, await direct.orders({ limit: 5 }));
		await assert.rejects(through.order(`0x${"11".repeat(32)}`), { code: "indexer-problem", status: 404 });
		const asked = await fetch(`${gateway.url}/graphql`, {
			method: "POST",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify({ query: "{ orders(limit: 1) { items { id } } }" }),
		});
		const { data } = (await asked.json()) as { data: { orders: { items: { id: string }[] } } };
		assert.equal(data.orders.items.length, 1);
		assert.equal(asked.headers.get("depin-indexer-lag"), "0");
	});

	test("behavior: the stream tells what the mirror has, through a reorg", async () => {
		const steady = createListener(gateway.url);
		const comeback = createListener(gateway.url, "?rows=10");
		await steady.open();
		await comeback.open();
		const since = (await chain.client.getBlockNumber()) + 1n;
		const goBack = remember(world);
		const snapshot = await chain.client.snapshot();
		await wander(world, 20);
		await told(steady, since);
		await comeback.cut();
		await chain.client.revert({ id: snapshot });
		goBack();
		await wander(world, 24);
		await told(steady, since);
		await comeback.open();
		await told(comeback, since);
		assert.ok(steady.rewinds > 0);
		await Promise.all([steady.cut(), comeback.cut()]);
	});

	/** Waits until the listener has, from a block on, exactly the events that the chain has. */
	async function told(who: Listener, since: bigint): Promise<void> {
		await mirror.follows(chain);
		const address = [chain.market, chain.arbiter];
		const logs = await chain.client.getLogs({ address, fromBlock: since, toBlock: "latest" });
		const expected = logs.map(({ transactionHash, logIndex }) => `${transactionHash} ${logIndex}`);
		await until(async () => {
			const rows = [...who.rows.values()].filter(({ block }) => BigInt(block) >= since);
			return JSON.stringify(rows.map(({ tx, logIndex }) => `${tx} ${logIndex}`)) === JSON.stringify(expected);
		});
	}
});
