// The mirror against the contract: after a history of every kind of act, every row says what the chain says, however
// the mirror came to it: block by block as things happened, or all at once from an empty store.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { marketAbi } from "depin/abi";
import { assertBooksAgree } from "./books.ts";
import { type LocalChain, startChain } from "./chain.ts";
import { assertSameAsChain, table } from "./compare.ts";
import { open, script, wander } from "./history.ts";
import { type Mirror, startMirror } from "./mirror.ts";
import { createWorld, type World } from "./world.ts";

const SEED = 20_261_120;
const ACTS = 150;

suite("replay", { timeout: 300_000 }, () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-mirror-"));
	let chain: LocalChain;
	let world: World;
	let mirror: Mirror;

	before(async () => {
		chain = await startChain(dir);
		world = await createWorld(chain, SEED);
		mirror = await startMirror({ ...chain, dir });
	});
	after(async () => {
		await mirror?.stop();
		await chain.close();
		rmSync(dir, { recursive: true, force: true });
	});

	test("default", async () => {
		await open(world);
		await script(world);
		await mirror.follows(chain);
		const rows = await mirror.rows();
		await assertSameAsChain(world, rows);
		assertBooksAgree(rows);
	});

	test("behavior: the history visits every event the market has", async () => {
		const rows = await mirror.rows();
		const seen = new Set(table(rows, "event").map(({ name }) => name));
		// Only a jailed node's job is voided by voidJob, and nothing jails yet; Voided itself is visited.
		const known = marketAbi.flatMap((entry) => (entry.type === "event" ? [entry.name as string] : []));
		const foreign = ["AuthorityUpdated", "EIP712DomainChanged"];
		assert.deepEqual(
			known.filter((name) => !seen.has(name) && !foreign.includes(name)),
			[],
		);
	});

	test("behavior: any history is mirrored exactly", async (t) => {
		await wander(world, ACTS);
		await mirror.follows(chain);
		const rows = await mirror.rows();
		const compared = await assertSameAsChain(world, rows);
		assertBooksAgree(rows);
		t.diagnostic(`${compared} rows; done ${tally(world.done)}; refused ${tally(world.refused)}`);
	});

	test("behavior: rows lost with their store are rebuilt identical", async () => {
		const live = await mirror.rows();
		await mirror.stop();
		mirror = await startMirror({ ...chain, dir });
		await mirror.follows(chain);
		assert.deepEqual(await mirror.rows(), live);
	});
});

function tally(counts: Map<string, number>): string {
	return [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
}
