// A chain that takes blocks back: what happened in them never happened.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { assertBooksAgree } from "./books.ts";
import { type LocalChain, startChain } from "./chain.ts";
import { assertSameAsChain } from "./compare.ts";
import { DEEPEST, takeBack } from "./fork.ts";
import { type Mirror, startMirror } from "./mirror.ts";
import { open } from "./script.ts";
import { type Store, stores } from "./stores.ts";
import { wander } from "./wander.ts";
import { createWorld, type World } from "./world.ts";

for (const { name, skip, open: openStore } of stores) {
	suite(`reorg on ${name}`, { skip, timeout: 300_000 }, () => {
		const dir = mkdtempSync(join(tmpdir(), "depin-mirror-"));
		let chain: LocalChain;
		let store: Store;
		let world: World;
		let mirror: Mirror;

		before(async () => {
			chain = await startChain(dir);
			store = await openStore();
			world = await createWorld(chain, 7);
			await open(world);
			await wander(world, 60);
			mirror = await startMirror({ ...chain, ...store, dir });
			await mirror.follows(chain);
		});
		after(async () => {
			await mirror?.stop();
			await store?.close();
			await chain.close();
			rmSync(dir, { recursive: true, force: true });
		});

		test("default", async () => {
			const kept = await mirror.rows();
			await takeBack(world, DEEPEST, async () => {
				await mirror.follows(chain);
				assert.notDeepEqual(await mirror.rows(), kept);
			});
			await mirror.follows(chain);
			assert.deepEqual(await mirror.rows(), kept);
		});

		test("behavior: follows the branch that replaced the one it read", async () => {
			await takeBack(world, DEEPEST, () => mirror.follows(chain));
			await wander(world, DEEPEST);
			await mirror.follows(chain);
			const rows = await mirror.rows();
			await assertSameAsChain(world, rows);
			assertBooksAgree(rows);
		});
	});
}
