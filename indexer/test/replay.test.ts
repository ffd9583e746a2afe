// The mirror against the contract: after every kind of act, every row says what the chain says, however
// the mirror came to it: block by block as things happened, or all at once from an empty store.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { verdicts } from "depin";
import { marketAbi, panelArbiterAbi } from "depin/abi";
import { paymentKinds, slashReasons } from "depin/indexer";
import { assertBooksAgree } from "./books.ts";
import { type LocalChain, startChain } from "./chain.ts";
import { assertSameAsChain, table } from "./compare.ts";
import { type Mirror, startMirror } from "./mirror.ts";
import { open, script } from "./script.ts";
import { type Store, stores } from "./stores.ts";
import { createWorld, type World } from "./world.ts";

const SEED = 20_261_120;

for (const { name, skip, open: openStore } of stores) {
	suite(`replay on ${name}`, { skip, timeout: 300_000 }, () => {
		const dir = mkdtempSync(join(tmpdir(), "depin-mirror-"));
		let chain: LocalChain;
		let store: Store;
		let world: World;
		let mirror: Mirror;

		before(async () => {
			chain = await startChain(dir);
			store = await openStore();
			world = await createWorld(chain, SEED);
			mirror = await startMirror({ ...chain, ...store, dir });
		});
		after(async () => {
			await mirror?.stop();
			await store?.close();
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
			const known = [...marketAbi, ...panelArbiterAbi].flatMap((entry) =>
				entry.type === "event" ? [entry.name as string] : [],
			);
			const foreign = ["AuthorityUpdated", "EIP712DomainChanged"];
			assert.deepEqual(
				known.filter((name) => !seen.has(name) && !foreign.includes(name)),
				[],
			);
		});

		test("behavior: it visits every verdict, every reason for a slash and every kind of payment", async () => {
			const rows = await mirror.rows();
			const of = (name: string, column: string) => [...new Set(table(rows, name).map((row) => row[column]))].toSorted();
			assert.deepEqual(
				of("challenge", "verdict").filter((verdict) => verdict !== null),
				verdicts.toSorted(),
			);
			assert.deepEqual(of("challenge", "state"), ["lapsed", "reclaimed", "resolved"]);
			assert.deepEqual(of("slashing", "reason"), slashReasons.toSorted());
			assert.deepEqual(of("payment", "kind"), paymentKinds.toSorted());
			const appeals = table(rows, "challenge").filter(({ appellant }) => appellant !== null);
			assert.deepEqual(new Set(appeals.map(({ toAppellant }) => toAppellant === "0")), new Set([false, true]));
		});

		test("behavior: rows lost with their store are rebuilt identical", async () => {
			const live = await mirror.rows();
			await mirror.stop();
			await store.lose();
			mirror = await startMirror({ ...chain, ...store, dir });
			await mirror.follows(chain);
			assert.deepEqual(await mirror.rows(), live);
		});
	});
}
