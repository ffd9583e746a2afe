// Random histories with reorganisations, followed as they happen: whatever people do and the chain takes back, every row
// says in the end what the contract says.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { assertBooksAgree } from "./books.ts";
import { startChain } from "./chain.ts";
import { assertSameAsChain, table } from "./compare.ts";
import { DEEPEST, takeBack } from "./fork.ts";
import { startMirror } from "./mirror.ts";
import { open } from "./script.ts";
import { type Store, stores } from "./stores.ts";
import { wander } from "./wander.ts";
import { createWorld } from "./world.ts";

const HISTORIES = process.env.DEPIN_DEEP ? 40 : 2;
const REORGS = 5;
/** Between two reorganisations; each takes back as many calls as it has blocks, about. */
const ACTS = 30;
const FIRST_SEED = 20_261_121;

const said = `${HISTORIES} histories of at least ${(REORGS + 1) * ACTS} calls, ${HISTORIES * REORGS} reorgs of up to ${DEEPEST} blocks`;

for (const { name, skip, open: openStore } of stores) {
	suite(`histories on ${name}`, { skip, timeout: HISTORIES * 120_000 }, () => {
		test(`default: ${said}, every row as the contract says`, async (t) => {
			for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++)
				t.diagnostic(`seed ${seed}: ${await follow(seed, await openStore())}`);
		});
	});
}

/** Returns what was compared, in words. */
async function follow(seed: number, store: Store): Promise<string> {
	const dir = mkdtempSync(join(tmpdir(), "depin-mirror-"));
	const chain = await startChain(dir);
	const mirror = await startMirror({ ...chain, ...store, dir });
	try {
		const world = await createWorld(chain, seed);
		await open(world);
		for (let reorg = 0; reorg < REORGS; reorg++) {
			await wander(world, ACTS);
			const depth = reorg === 0 ? DEEPEST : 1 + Math.floor(world.random() * DEEPEST);
			// Half of them the mirror has read to the end; the others it meets wherever it is.
			await takeBack(world, depth, async () => {
				if (reorg % 2 === 0) await mirror.follows(chain);
			});
		}
		await wander(world, ACTS);
		await mirror.follows(chain);
		const rows = await mirror.rows();
		assertBooksAgree(rows);
		const compared = await assertSameAsChain(world, rows);
		const [disputes, seals] = ["challenge", "seal"].map((name) => table(rows, name).length);
		return `${world.calls} calls, ${compared} rows, ${disputes} disputes, ${seals} sealed replicas`;
	} finally {
		await mirror.stop();
		await store.close();
		await chain.close();
		rmSync(dir, { recursive: true, force: true });
	}
}
