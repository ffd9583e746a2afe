import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import type { Hex } from "viem";
import { verifyAudit } from "../src/node/audit.ts";
import { startWorld, type World } from "./world.ts";

let world: World;
before(async () => {
	world = await startWorld({ nodes: 1, challengeFloor: 3, nodeConfig: () => ({ capacity: { slots: 1 } }) });
});
after(() => world.stop());

test("default", async () => {
	// One node works through an order: each result goes to the chain together with the next claim.
	const parameters = ["0", "1", "2"].map((N) => ({ N }));
	const job = await world.order(`require("fs").writeFileSync("/outputs/n", process.env.N)`, {
		parameters,
		choices: { challengeFor: 3 },
	});
	const submits = await Promise.all([0, 1, 2].map((n) => job.event("Submitted", n)));
	const claims = await Promise.all([0, 1, 2].map((n) => job.event("Claimed", n)));
	const shared = submits.filter((submit) => claims.some((claim) => claim.transactionHash === submit.transactionHash));
	assert.equal(shared.length, 2, "all but the last submit claimed the next job");
	for (const n of [0, 1, 2]) assert.equal((await job.event("Settled", n)).args.pay, job.order.maxPrice);
	await assertAudited(job.orderId);
});

/** What the node did to this machine for an order is in its signed log, for each container in the order it happened. */
async function assertAudited(orderId: Hex) {
	const file = join(dirname(world.devnet.nodes[0]?.configPath ?? ""), "state/audit.jsonl");
	const verdict = await verifyAudit(file, world.devnet.accounts.nodes[0]?.address);
	assert.equal(verdict.ok, true);
	const entries = (await readFile(file, "utf8"))
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line) as Entry);
	const containers = entries.flatMap(({ action, detail: { labels, name } }) =>
		action === "container-create" && labels?.["depin.order"] === orderId && name !== undefined ? [name] : [],
	);
	assert.equal(containers.length, 3);
	for (const name of containers) {
		let at = entries.findIndex((entry) => entry.action === "volume-make" && entry.detail.dir?.endsWith(name));
		for (const action of ["volume-make", "container-create", "container-start", "container-remove", "volume-release"]) {
			at = at === -1 ? at : entries.findIndex((entry, index) => index >= at && entry.action === action);
			assert.ok(at >= 0, `${action} of ${name}`);
		}
	}
}

type Entry = { action: string; detail: { labels?: Record<string, string>; name?: string; dir?: string } };

test("behavior: a node registered by somebody else refuses to run", async () => {
	const { code, output } = await nodeWith({ owner: world.devnet.accounts.deployer.address });
	assert.equal(code, 1, "do not restart");
	assert.match(output, /who would be paid/);
});

test("behavior: a second node on the same state is told so", async () => {
	const { code, output } = await nodeWith({});
	assert.equal(code, 1, "do not restart");
	assert.match(output, /another node runs with this stateDir/);
});

/** Runs node 1's configuration with some fields changed, to its end. */
async function nodeWith(changes: Record<string, unknown>): Promise<{ code: number | null; output: string }> {
	const original = world.devnet.nodes[0]?.configPath ?? "";
	const config = { ...JSON.parse(await readFile(original, "utf8")), listen: { host: "127.0.0.1", port: 0 } };
	const own = "owner" in changes ? { stateDir: join(dirname(original), "other-state") } : {};
	const file = join(dirname(original), "changed.json");
	await writeFile(file, JSON.stringify({ ...config, ...own, ...changes }), { mode: 0o600 });
	const program = resolve(import.meta.dirname, "../bin/depin-worker.js");
	const child = spawn(process.execPath, [program, "node", "--config", file], { stdio: ["ignore", "pipe", "pipe"] });
	let output = "";
	for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
	const code = await new Promise<number | null>((end) => child.on("exit", end));
	return { code, output };
}
