// A new version of the mirror with other tables: it never mixes its rows with the old ones, and comes to all of them.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, suite, test } from "node:test";
import { type LocalChain, startChain } from "./chain.ts";
import { assertSameAsChain, table } from "./compare.ts";
import { type Mirror, type Rows, startMirror } from "./mirror.ts";
import { open, script } from "./script.ts";
import { type Store, stores } from "./stores.ts";
import { wander } from "./wander.ts";
import { createWorld, type World } from "./world.ts";

const INDEXER = resolve(import.meta.dirname, "..");
const DEEP = process.env.DEPIN_DEEP !== undefined;
const PARTS = [
	"package.json",
	"ponder.config.ts",
	"ponder.schema.ts",
	"ponder-env.d.ts",
	"deployment.ts",
	"onChain.ts",
	"sameChain.ts",
	"http",
	"src",
];

// On PGlite rows are rebuilt at each start, which replay.test.ts shows; with other columns it is no different.
for (const { name, skip, open: openStore } of stores.filter(({ name }) => DEEP || name !== "PGlite")) {
	suite(`schema change on ${name}`, { skip, timeout: 300_000 }, () => {
		const dir = mkdtempSync(join(tmpdir(), "depin-mirror-"));
		const app = join(dir, "app");
		let chain: LocalChain;
		let store: Store;
		let world: World;
		let mirror: Mirror | undefined;
		let old: Rows;

		before(async () => {
			chain = await startChain(dir);
			store = await openStore();
			world = await createWorld(chain, 5);
			await open(world);
			await script(world);
			mirror = await startMirror({ ...chain, ...store, dir });
			await mirror.follows(chain);
			old = await mirror.rows();
			await mirror.stop();
			mirror = undefined;
			await store.unlock();
			writeChanged(app);
		});
		after(async () => {
			await mirror?.stop();
			await store?.close();
			await chain.close();
			rmSync(dir, { recursive: true, force: true });
		});

		test("default: the new version has every row, with its own columns", async () => {
			mirror = await startMirror({ ...chain, ...store, dir, app, schema: "changed" });
			await mirror.follows(chain);
			const rows = await mirror.rows();
			assert.ok(table(rows, "parameter").every(({ unit }) => unit === "none"));
			const withoutNew = table(rows, "parameter").map(({ unit, ...row }) => row);
			assert.deepEqual({ ...rows, parameter: withoutNew }, old);
			await mirror.stop();
			mirror = undefined;
		});

		if (name === "PGlite") return;
		test("behavior: the old version's tables are refused, and the old version goes on with them", async () => {
			await assert.rejects(
				startMirror({ ...chain, ...store, dir, app }),
				/previously used by a different Ponder app. Drop the schema first, or use a different schema/,
			);
			mirror = await startMirror({ ...chain, ...store, dir });
			await wander(world, 5);
			await mirror.follows(chain);
			await assertSameAsChain(world, await mirror.rows());
		});
	});
}

/** The mirror's app with one more column. */
function writeChanged(app: string): void {
	mkdirSync(app);
	for (const part of PARTS) cpSync(join(INDEXER, part), join(app, part), { recursive: true });
	symlinkSync(resolve(INDEXER, "../node_modules"), join(app, "node_modules"));
	const path = join(app, "ponder.schema.ts");
	const schema = readFileSync(path, "utf8");
	const changed = schema.replace(
		'onchainTable("parameter", (t) => ({',
		'onchainTable("parameter", (t) => ({ unit: t.text().notNull().default("none"),',
	);
	assert.notEqual(changed, schema);
	writeFileSync(path, changed);
}
