// A chain that takes back what counted as final: Ponder cannot follow it. Nobody is shown the rows of what never happened, and
// on PostgreSQL they are never gone on with.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { problemSchema } from "depin/indexer";
import type { Gateway } from "../gateway/gateway.ts";
import { type LocalChain, startChain } from "./chain.ts";
import { assertSameAsChain } from "./compare.ts";
import { DEEPEST, takeBack } from "./fork.ts";
import { openGateway } from "./gateway.ts";
import { type Mirror, startMirror, until } from "./mirror.ts";
import { open } from "./script.ts";
import { type Store, stores } from "./stores.ts";
import { wander } from "./wander.ts";
import { createWorld, type World } from "./world.ts";

const [, postgres] = stores;

suite("reorg deeper than final", { skip: postgres?.skip ?? "no PostgreSQL", timeout: 300_000 }, () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-mirror-"));
	let chain: LocalChain;
	let store: Store;
	let world: World;
	let mirror: Mirror | undefined;
	let gateway: Gateway;

	before(async () => {
		chain = await startChain(dir);
		store = (await postgres?.open()) ?? assert.fail("there is a PostgreSQL");
		world = await createWorld(chain, 43);
		await open(world);
	});
	after(async () => {
		await gateway?.close();
		await mirror?.stop();
		await store?.close();
		await chain.close();
		rmSync(dir, { recursive: true, force: true });
	});

	test("default: the rows are shown to nobody, and the mirror refuses to go on with them", async () => {
		await takeBack(world, 2 * DEEPEST, async () => {
			mirror = await startMirror({ ...chain, ...store, dir });
			await mirror.follows(chain);
			gateway = await openGateway({ mirrorUrl: mirror.url, rpcUrl: chain.url, dir }, { readyWithin: 0 });
		});
		await wander(world, 2 * DEEPEST + 5);
		let why: string | undefined;
		await until(async () => {
			const answer = await fetch(`${gateway.url}/v1/nodes`);
			why = answer.status === 503 ? problemSchema.parse(await answer.json()).detail : undefined;
			return why !== undefined;
		});
		assert.match(why ?? "", /took back blocks that counted as final/);
		assert.equal((await fetch(`${gateway.url}/ready`)).status, 503);
		await mirror?.stop();
		mirror = undefined;
		await store.unlock();
		await assert.rejects(
			startMirror({ ...chain, ...store, dir }),
			/are of another chain: .* Drop them, and what Ponder had fetched/,
		);
	});

	test("behavior: built anew as it says, every row is of the chain that stands", async () => {
		await store.lose();
		mirror = await startMirror({ ...chain, ...store, dir });
		await mirror.follows(chain);
		await assertSameAsChain(world, await mirror.rows());
	});
});
