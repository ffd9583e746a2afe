// A chain that takes blocks back: what happened in them never happened.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { assertBooksAgree } from "./books.ts";
import { type LocalChain, startChain } from "./chain.ts";
import { assertSameAsChain } from "./compare.ts";
import { open, wander } from "./history.ts";
import { type Mirror, startMirror } from "./mirror.ts";
import { createWorld, remember, type World } from "./world.ts";

/** Fewer than the blocks behind the head that Ponder still takes back. */
const DEPTH = 25;

suite("reorg", { timeout: 300_000 }, () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-mirror-"));
	let chain: LocalChain;
	let world: World;
	let mirror: Mirror;

	before(async () => {
		chain = await startChain(dir);
		world = await createWorld(chain, 7);
		await open(world);
		await wander(world, 60);
		mirror = await startMirror({ ...chain, dir });
		await mirror.follows(chain);
	});
	after(async () => {
		await mirror?.stop();
		await chain.close();
		rmSync(dir, { recursive: true, force: true });
	});

	test("default", async () => {
		const kept = await mirror.rows();
		const goBack = remember(world);
		const snapshot = await chain.client.snapshot();
		await wander(world, DEPTH);
		await mirror.follows(chain);
		assert.notDeepEqual(await mirror.rows(), kept);

		await chain.client.revert({ id: snapshot });
		goBack();
		await mirror.follows(chain);
		assert.deepEqual(await mirror.rows(), kept);
	});

	test("behavior: follows the branch that replaced the one it read", async () => {
		const goBack = remember(world);
		const snapshot = await chain.client.snapshot();
		await wander(world, DEPTH);
		await mirror.follows(chain);
		await chain.client.revert({ id: snapshot });
		goBack();
		await wander(world, DEPTH);
		await mirror.follows(chain);
		const rows = await mirror.rows();
		await assertSameAsChain(world, rows);
		assertBooksAgree(rows);
	});
});
