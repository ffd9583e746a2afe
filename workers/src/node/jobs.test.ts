import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { zeroHash } from "viem";
import { until } from "../../test/until.ts";
import type { ContentCache } from "./content.ts";
import type { NodeContext } from "./context.ts";
import { createJobs } from "./jobs.ts";
import type { Offers } from "./offers.ts";
import { heldName } from "./publish.ts";
import type { Step } from "./works.ts";

let stateDir = "";
before(async () => {
	stateDir = await mkdtemp(join(tmpdir(), "depin-jobs-"));
});
after(() => rm(stateDir, { recursive: true, force: true }));

/** A sealed replica, of which only what was kept back is left; events have just brought it to this step. */
async function sealedReplica(job: number, step: Step) {
	const work = { orderId: zeroHash, job, step };
	const held = join(stateDir, "held", heldName(work));
	await mkdir(held, { recursive: true });
	await writeFile(join(held, "result.car"), "kept back");
	const ctx = { stateDir, works: { get: () => work } } as unknown as NodeContext;
	const jobs = createJobs({ ctx, cache: {} as ContentCache, offers: {} as Offers });
	return { held, poke: () => jobs.poke(work) };
}

test("default", async () => {
	const sealed = await sealedReplica(0, "committed");
	sealed.poke();
	const expired = await sealedReplica(1, "lost");
	expired.poke();
	await until("what was kept back of an expired replica is gone", () => !existsSync(expired.held));
	assert.ok(existsSync(sealed.held), "and of one that can still be opened it is not");
});
