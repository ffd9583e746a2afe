import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ensureEngine } from "../../../deploy/engine/ensure.ts";
import { dockerEngine } from "../engine/docker.ts";
import type { ContainerEngine } from "../engine/engine.ts";
import { createLog } from "../runtime/log.ts";
import type { NodeContext } from "./context.ts";
import { hostAbilities } from "./host.ts";
import { openJournal } from "./journal.ts";
import { isProven, type Proof, prove } from "./proof.ts";
import { createTierOffer } from "./tierOffer.ts";

const { socketPath } = await ensureEngine(() => {});
const real = dockerEngine({ socketPath });
const stateDir = await mkdtemp(join(tmpdir(), "depin-proof-"));
const journal = openJournal(join(stateDir, "node.db"));
after(async () => {
	journal.close();
	real.close();
	await rm(stateDir, { recursive: true, force: true });
});

/** As much of a node as proving needs, on the real engine. */
async function nodeOn(chainId: number, options: { quota?: "filesystem" | "polled"; engine?: ContainerEngine } = {}) {
	const { engine = real, quota = "filesystem" } = options;
	const info = await real.info();
	const proof: Proof = { verdicts: new Map(), networks: new Map() };
	const holds = (runtime: string) => isProven(proof.verdicts.get(runtime), chainId);
	const ctx = {
		stateDir,
		journal,
		engine,
		host: { ...(await hostAbilities(info)), quota },
		config: { tiers: ["container"] },
		tiers: createTierOffer({ floor: "container", runtimes: ["runc"], holds, connects: () => false }),
		account: { address: `0x${"ab".repeat(20)}` },
		client: { deployment: { chainId, market: `0x${"cd".repeat(20)}` } },
		log: createLog({ role: "test", level: "silent" }),
		draining: new AbortController().signal,
	} as unknown as NodeContext;
	return { ctx, proof };
}

test("default", async () => {
	const { ctx, proof } = await nodeOn(8453);
	assert.deepEqual(ctx.tiers.offered(), [], "nothing is offered before it was proven");
	await prove(ctx, proof);
	assert.deepEqual(ctx.tiers.offered(), ["container"]);
});

test("behavior: within a day the verdict is remembered, unless what it depends on changed", async () => {
	let created = 0;
	const create: ContainerEngine["create"] = (plan) => {
		created += 1;
		return real.create(plan);
	};
	const runs = async (change: Partial<ContainerEngine>) => {
		created = 0;
		const { ctx, proof } = await nodeOn(8453, { engine: { ...real, create, ...change } });
		await prove(ctx, proof);
		return created > 0;
	};
	assert.equal(await runs({}), false, "the test above left a verdict");
	assert.equal(await runs({ info: async () => ({ ...(await real.info()), version: "next" }) }), true);
	const old = JSON.parse(journal.get("canary runc") ?? "");
	journal.set("canary runc", JSON.stringify({ ...old, at: old.at - 25 * 3_600_000 }));
	assert.equal(await runs({ info: async () => ({ ...(await real.info()), version: "next" }) }), true, "a day is over");
});

test("behavior: without a quota a node serves a local chain and refuses any other", async () => {
	const local = await nodeOn(31_337, { quota: "polled" });
	await prove(local.ctx, local.proof);
	assert.deepEqual(local.ctx.tiers.offered(), ["container"]);
	const elsewhere = await nodeOn(8453, { quota: "polled" });
	await assert.rejects(prove(elsewhere.ctx, elsewhere.proof), { code: "quota-missing" });
	assert.deepEqual(elsewhere.ctx.tiers.offered(), []);
});

test("behavior: a limit that does not hold takes the tier away on every chain", () => {
	for (const limit of ["pids", "memory", "network", "kill", "run"] as const)
		for (const chainId of [31_337, 8453]) assert.equal(isProven({ broken: [limit], seen: "" }, chainId), false, limit);
	assert.equal(isProven(undefined, 31_337), false, "what was not tried is not proven");
});
