// A mirror that is killed in the middle of its work: the next one comes to the rows it would have come to.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { assertBooksAgree } from "./books.ts";
import { type LocalChain, startChain } from "./chain.ts";
import { assertSameAsChain } from "./compare.ts";
import { type Gate, openGate } from "./gate.ts";
import { type Mirror, startMirror, until } from "./mirror.ts";
import { open, script } from "./script.ts";
import { type Store, stores } from "./stores.ts";
import { wander } from "./wander.ts";
import { createWorld, type World } from "./world.ts";

const ACTS = 600;
/** Nothing from these blocks on is shown to the mirror that is killed there. */
const CUTS = process.env.DEPIN_DEEP ? [90, 170, 250, 330, 410, 490, 570] : [400];
const ENDS: NodeJS.Signals[] = Array.from(
	{ length: process.env.DEPIN_DEEP ? 4 : 1 },
	() => ["SIGTERM", "SIGKILL"] as const,
).flat();

for (const { name, skip, open: openStore } of stores) {
	suite(`restart on ${name}`, { skip, timeout: process.env.DEPIN_DEEP ? 3_600_000 : 600_000 }, () => {
		const dir = mkdtempSync(join(tmpdir(), "depin-mirror-"));
		let chain: LocalChain;
		let store: Store;
		let gate: Gate;
		let world: World;
		let mirror: Mirror | undefined;

		before(async () => {
			chain = await startChain(dir);
			store = await openStore();
			gate = await openGate(chain.url);
			world = await createWorld(chain, 99);
			await open(world);
			await script(world);
			await wander(world, ACTS);
		});
		after(async () => {
			await mirror?.stop();
			gate.close();
			await store?.close();
			await chain.close();
			rmSync(dir, { recursive: true, force: true });
		});

		const start = () => startMirror({ ...chain, ...store, url: gate.url, dir });
		async function end(running: Mirror, signal: NodeJS.Signals): Promise<void> {
			await running.stop(signal);
			await store.unlock();
			mirror = undefined;
		}
		async function assertExact(running: Mirror): Promise<number> {
			await running.follows(chain);
			const rows = await running.rows();
			assertBooksAgree(rows);
			return assertSameAsChain(world, rows);
		}

		test(`default: killed ${CUTS.length === 1 ? "once" : `${CUTS.length} times`} in the middle of the back-fill`, async (t) => {
			for (const cut of CUTS) {
				gate.shut(cut);
				const running = await start();
				mirror = running;
				await until(async () => gate.waiting() > 0 && ((await running.indexed())?.number ?? 0) > 0);
				const reached = (await running.indexed())?.number ?? 0;
				assert.ok(reached < cut, "it was killed in the middle");
				await end(running, "SIGKILL");
				gate.open();
				t.diagnostic(`killed at block ${reached}, with what comes before ${cut} fetched`);
			}
			mirror = await start();
			await wander(world, 20); // while it catches up
			t.diagnostic(`${await assertExact(mirror)} rows compared`);
		});

		test(`behavior: ended ${ENDS.length} times at the head, while people act, by ${[...new Set(ENDS)].join(" and ")}`, async () => {
			for (const signal of ENDS) {
				const running = mirror ?? (await start());
				mirror = running;
				await running.follows(chain);
				const acting = wander(world, 40);
				const before = (await running.indexed())?.number ?? 0;
				await until(async () => ((await running.indexed())?.number ?? 0) > before);
				await end(running, signal);
				await acting;
			}
			mirror = await start();
			await assertExact(mirror);
		});
	});
}
