// A chain that goes away and comes back: what visitors are told meanwhile is true, and afterwards everybody has everything, once.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { problemSchema } from "depin/indexer";
import type { Gateway } from "../gateway/gateway.ts";
import { type LocalChain, startChain } from "./chain.ts";
import { assertSameAsChain } from "./compare.ts";
import { type Gate, openGate } from "./gate.ts";
import { openGateway } from "./gateway.ts";
import { createListener, type Listener } from "./listener.ts";
import { type Mirror, startMirror, until } from "./mirror.ts";
import { open } from "./script.ts";
import { wander } from "./wander.ts";
import { createWorld, type World } from "./world.ts";

suite("a chain that goes away", { timeout: 300_000 }, () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-outage-"));
	let chain: LocalChain;
	let world: World;
	let gate: Gate;
	let mirror: Mirror;
	/** Reaches the chain as the mirror does. */
	let gateway: Gateway;
	/** Reaches it whatever happens. */
	let watching: Gateway;
	let listener: Listener;

	before(async () => {
		chain = await startChain(dir);
		world = await createWorld(chain, 41);
		await open(world);
		gate = await openGate(chain.url);
		mirror = await startMirror({ ...chain, url: gate.url, dir });
		gateway = await openGateway({ mirrorUrl: mirror.url, rpcUrl: gate.url, dir }, { readyWithin: 0 });
		watching = await openGateway({ mirrorUrl: mirror.url, rpcUrl: chain.url, dir }, { readyWithin: 0 });
		listener = createListener(gateway.url);
		await listener.open();
	});
	after(async () => {
		await listener?.cut();
		await gateway?.close();
		await watching?.close();
		await mirror?.stop();
		gate?.close();
		await chain?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	test("default: reads go on and say how old they are; when it is back, nothing is missing or told twice", async () => {
		const block = Number(await chain.client.getBlockNumber());
		gate.cut();
		await wander(world, 10);
		const missed = Number(await chain.client.getBlockNumber()) - block;
		assert.match(await refusal(`${gateway.url}/ready`), /endpoint has not answered .* true up to block .* No money/);
		await until(async () => (await fetch(`${watching.url}/health`)).headers.get("depin-indexer-lag") === `${missed}`);
		assert.match(await refusal(`${watching.url}/ready`), new RegExp(`up to block ${block}, ${missed} behind`));
		const answer = await fetch(`${gateway.url}/v1/nodes`);
		const said = ["depin-indexed-block", "depin-indexer-lag"].map((name) => answer.headers.get(name));
		assert.deepEqual([answer.status, ...said], [200, `${block}`, "unknown"]);
		const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
		for (const line of ["chain_up 0", "mirror_up 1", "astray 0"])
			assert.match(metrics, new RegExp(`gateway_${line}$`, "m"));
		assert.match(await (await fetch(`${watching.url}/metrics`)).text(), new RegExp(`lag_blocks ${missed}$`, "m"));

		gate.mend();
		await mirror.follows(chain);
		await assertSameAsChain(world, await mirror.rows());
		await until(async () => (await fetch(`${gateway.url}/ready`)).ok);
		await told(chain, block + 1);
		assert.equal(listener.rewinds, 0);
	});

	/** Waits until the listener has, from a block on, exactly the chain's events. */
	async function told({ client, market, arbiter }: LocalChain, since: number): Promise<void> {
		const logs = await client.getLogs({ address: [market, arbiter], fromBlock: BigInt(since) });
		const expected = JSON.stringify(logs.map(({ transactionHash, logIndex }) => `${transactionHash} ${logIndex}`));
		await until(async () => {
			const rows = [...listener.rows.values()]
				.filter(({ block }) => block >= since)
				.toSorted((a, b) => (a.id < b.id ? -1 : 1));
			return JSON.stringify(rows.map(({ tx, logIndex }) => `${tx} ${logIndex}`)) === expected;
		});
	}
});

/** Waits until it is refused for now. Returns the reason. */
async function refusal(url: string): Promise<string> {
	let detail: string | undefined;
	await until(async () => {
		const answer = await fetch(url);
		if (answer.status !== 503) return false;
		detail = problemSchema.parse(await answer.json()).detail;
		return true;
	});
	return detail ?? "";
}
