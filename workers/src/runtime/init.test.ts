import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { marketDomain, nodeConsentTypes } from "depin";
import { verifyTypedData } from "viem";

const launcher = resolve(import.meta.dirname, "../../bin/depin-worker.js");
const owner = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const market = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
let dir: string;
before(async () => {
	dir = await mkdtemp(join(tmpdir(), "depin-init-"));
});
after(() => rm(dir, { recursive: true }));

const run = (...args: string[]) => promisify(execFile)(process.execPath, [launcher, ...args], { cwd: dir });
const init = (...args: string[]) => run("init", "--owner", owner, "--class", "1", ...args);

test("default: makes a 0600 key and a consent that the Market's domain verifies", async () => {
	const out = join(dir, "node-1");
	const { stdout } = await init("--market", market, "--chain-id", "31337", "--out", out, "--json");
	const { node, keyFile, consent } = JSON.parse(stdout);
	assert.equal((await stat(keyFile)).mode & 0o777, 0o600);
	const { signature, deadline, class: index } = consent;
	const message = { owner, node, class: index, deadline: BigInt(deadline) } as const;
	const domain = marketDomain({ chainId: 31337, market });
	const typed = { domain, types: nodeConsentTypes, primaryType: "NodeConsent", message } as const;
	assert.ok(await verifyTypedData({ ...typed, address: node, signature }));
	assert.equal(index, 1);
	assert.ok(!stdout.includes("privateKey"));
});

test("behavior: takes market and chain from the nearest profile", async () => {
	await mkdir(join(dir, ".depin/profiles"), { recursive: true });
	await writeFile(
		join(dir, ".depin/profiles/devnet.json"),
		JSON.stringify({ name: "devnet", chainId: 7, market, key: "0x" }),
	);
	const { stdout } = await init("--out", join(dir, "node-2"), "--json");
	assert.deepEqual(JSON.parse(stdout).consent.chainId, 7);
});

test("behavior: never overwrites a key", async () => {
	const args = ["--market", market, "--chain-id", "31337", "--out", join(dir, "node-3")];
	await init(...args);
	await assert.rejects(init(...args), { code: 1, stderr: /node\.key exists already and is kept/ });
});

test("behavior: wrong arguments are refused by name", async () => {
	await assert.rejects(run("init", "--owner", "0x12", "--class", "1", "--out", "x"), {
		stderr: /--owner.*not an address/,
	});
	await assert.rejects(run("init", "--owner", owner, "--class", "0", "--out", "x"), { stderr: /--class.*1 to 65535/ });
	await assert.rejects(run("keeper", "--config", join(dir, "none.json")), { code: 1, stdout: /none\.json \(ENOENT\)/ });
});
