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
import { open, script, wander } from "./history.ts";
import { type Mirror, startMirror, until } from "./mirror.ts";
import { createWorld, type World } from "./world.ts";

const ACTS = 600;

suite("restart", { timeout: 300_000 }, () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-mirror-"));
	let chain: LocalChain;
	let gate: Gate;
	let world: World;
	let mirror: Mirror;

	before(async () => {
		chain = await startChain(dir);
		gate = await openGate(chain.url);
		world = await createWorld(chain, 99);
		await open(world);
		await script(world);
		await wander(world, ACTS);
	});
	after(async () => {
		await mirror?.stop();
		gate.close();
		await chain.close();
		rmSync(dir, { recursive: true, force: true });
	});

	test("default", async (t) => {
		gate.shut(500);
		const { url } = gate;
		mirror = await startMirror({ ...chain, url, dir });
		await until(async () => gate.waiting() > 0 && ((await mirror.indexed())?.number ?? 0) > 0);
		const reached = (await mirror.indexed())?.number ?? 0;
		await mirror.stop("SIGKILL");
		assert.ok(reached < 500, "it was killed in the middle");

		gate.open();
		mirror = await startMirror({ ...chain, url, dir });
		await wander(world, 20); // while it catches up
		await mirror.follows(chain);
		const rows = await mirror.rows();
		assertBooksAgree(rows);
		const compared = await assertSameAsChain(world, rows);
		t.diagnostic(`killed at block ${reached}; ${compared} rows compared`);
	});
});
