import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { chmod, chown, cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { testClient } from "../../deploy/devnet/chain.ts";
import { verifyAudit } from "../src/node/audit.ts";
import { createQuotaHelper } from "../src/quota/helper.ts";
import { until } from "./until.ts";
import { startWorld, type World } from "./world.ts";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
const WORKER = join(ROOT, "workers/bin/depin-worker.js");
const NOBODY = 65_534;

let world: World;
let dir: string;
before(async () => {
	world = await startWorld({ nodes: 1, challengeFloor: 3 });
	dir = await mkdtemp(join(tmpdir(), "depin-provider-"));
	await chmod(dir, 0o755);
});
after(async () => {
	await world.stop();
	await rm(dir, { recursive: true, force: true });
});

/** Steps 2 and 3 of docs/provider.md: a key, the owner's registration, coin for fees. */
async function registered(name: string): Promise<{ folder: string; node: `0x${string}` }> {
	const folder = join(dir, name);
	const { profilePath, accounts, rpcUrl } = world.devnet;
	const owner = accounts.consumer.address;
	const init = ["init", "--owner", owner, "--class", "1", "--out", folder, "--profile", profilePath, "--json"];
	const { node } = JSON.parse((await run(process.execPath, [WORKER, ...init])).stdout);
	const consent = ["provider", "register", "--consent", join(folder, "consent.json"), "--yes"];
	await run(process.execPath, [join(ROOT, "sdk/bin/depin.js"), ...consent, "--profile", profilePath]);
	await testClient(rpcUrl).setBalance({ address: node, value: 10n ** 18n });
	return { folder, node };
}

/** Steps 5 to 7: the doctor is content, the node comes up, and a job meant for it is run and paid. */
async function earns(folder: string, node: `0x${string}`, as: string[] = []): Promise<string> {
	const [program = "", ...prefix] = [...as, process.execPath];
	const config = join(folder, "node.json");
	const { stdout } = await run(program, [...prefix, WORKER, "doctor", "--config", config]);
	assert.doesNotMatch(stdout, /FAIL|warn/);
	const child = spawn(program, [...prefix, WORKER, "node", "--config", config]);
	let log = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (part) => {
			log += part;
		});
	const ended = new Promise((done) => child.once("exit", done));
	try {
		await until("the node is up", async () => {
			assert.equal(child.exitCode, null, log);
			return log.includes("node is up") || undefined;
		});
		const job = await world.order(`require("fs").writeFileSync("/outputs/uid", String(process.getuid()))`, {
			choices: { node, challengeFor: 3 },
		});
		const settled = await job.event("Settled");
		assert.equal(settled.args.pay, job.order.maxPrice);
	} finally {
		child.kill("SIGTERM");
		await ended;
	}
	return log;
}

test("default", async () => {
	const { folder, node } = await registered("as-root");
	const log = await earns(folder, node);
	assert.match(log, /"quota":"filesystem"/);
	assert.equal((await verifyAudit(join(folder, "state/audit.jsonl"), node)).ok, true);
});

test("behavior: an ordinary user in the engine's group, with the quota helper", { skip: noOtherUser() }, async () => {
	const { folder, node } = await registered("as-user");
	const socket = join(dir, "quota.sock");
	const helper = createQuotaHelper({ dir: join(dir, "volumes") });
	await new Promise<void>((listening) => helper.listen(socket, listening));
	try {
		const { gid } = await stat(world.engine.socketPath);
		await chown(socket, 0, gid);
		await chmod(socket, 0o660);
		const config = JSON.parse(await readFile(join(folder, "node.json"), "utf8"));
		config.engine = { socket: world.engine.socketPath, quotaSocket: socket };
		await writeFile(join(folder, "node.json"), JSON.stringify(config));
		const own = join(dir, "home");
		await cp(folder, own, { recursive: true });
		for (const file of ["", "node.json", "node.key", "consent.json"]) await chown(join(own, file), NOBODY, gid);
		const log = await earns(own, node, ["setpriv", `--reuid=${NOBODY}`, `--regid=${gid}`, "--clear-groups"]);
		assert.match(log, /"quota":\{"helper"/);
		assert.deepEqual(await readdir(join(dir, "volumes")), [], "every volume was given back");
	} finally {
		helper.close();
	}
});

/** Becoming somebody else takes root, and they must be able to read the programs. */
function noOtherUser(): string | false {
	const someoneElse = ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, WORKER, "--help"];
	return spawnSync("setpriv", someoneElse).status === 0
		? false
		: "this clone is not installed where another user can run it";
}
