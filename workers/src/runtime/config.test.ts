import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { z } from "zod";
import { amountSchema, baseFields, besideConfig, chainSchema, keySchema, listenSchema, loadConfig } from "./config.ts";
import { OperatorError } from "./errors.ts";
import { createKeyFile, loadKey } from "./keyFile.ts";

const market = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
const schema = z.strictObject({
	...baseFields,
	chain: chainSchema,
	listen: listenSchema(8190),
	key: keySchema,
	least: amountSchema.default(5n),
});
const least = { chain: { rpcUrl: "http://127.0.0.1:8545", market }, key: { env: "KEY" } };
let dir: string;
before(async () => {
	dir = await mkdtemp(join(tmpdir(), "depin-config-"));
});
after(() => rm(dir, { recursive: true }));

async function load(body: unknown, name = "worker.json") {
	const file = join(dir, name);
	await writeFile(file, typeof body === "string" ? body : JSON.stringify(body));
	return loadConfig(file, schema);
}

test("default: absent fields take their defaults", async () => {
	assert.deepEqual(await load(least), {
		logLevel: "info",
		drainSeconds: 30,
		chain: { rpcUrl: "http://127.0.0.1:8545", market, fromBlock: 0n },
		listen: { host: "127.0.0.1", port: 8190 },
		key: { env: "KEY" },
		least: 5n,
	});
});

test("behavior: YAML and big amounts are read without losing digits", async () => {
	const yaml = `chain: {rpcUrl: "https://rpc.example/v2/abc", market: "${market}", fromBlock: "77"}\nkey: {file: node.key}\nleast: "12345678901234567890"`;
	const config = await load(yaml, "worker.yaml");
	assert.equal(config.least, 12345678901234567890n);
	assert.equal(config.chain.fromBlock, 77n);
});

const broken: [body: unknown, says: RegExp][] = [
	[{ ...least, chain: { ...least.chain, market: "0x123" } }, /worker\.json: chain\.market: must be an address/],
	[{ ...least, chain: { ...least.chain, rpcUrl: "ftp://x" } }, /chain\.rpcUrl: /],
	[{ ...least, chain: { ...least.chain, fromBlock: -1 } }, /chain\.fromBlock: /],
	[{ ...least, listen: { port: 70000 } }, /listen\.port: /],
	[{ ...least, drainSeconds: "10" }, /drainSeconds: /],
	[{ ...least, least: 5 }, /least: /],
	[{ ...least, least: "0.5" }, /least: must be base units/],
	[{ ...least, key: {} }, /key: must be \{"file": "path"\}/],
	[{ ...least, colour: "red" }, /\(top level\): .*colour/],
	[{}, /chain: .*; .*key: /],
	["{", /worker\.json: not valid json/],
];

for (const [body, says] of broken)
	test(`behavior: refuses to start and says why: ${says.source}`, async () => {
		await assert.rejects(load(body), (error) => error instanceof OperatorError && says.test(error.message));
	});

test("behavior: a missing file is said with what to do", async () => {
	await assert.rejects(loadConfig(join(dir, "none.json"), schema), /none\.json \(ENOENT\); pass --config/);
});

test("behavior: a key file is found beside the configuration, and refused when others can read it", async () => {
	const file = join(dir, "node.key");
	const made = await createKeyFile(file);
	const config = join(dir, "worker.json");
	assert.equal(besideConfig(config, "node.key"), file);
	assert.equal((await loadKey({ file: "node.key" }, config)).address, made.address);
	await chmod(file, 0o644);
	await assert.rejects(loadKey({ file: "node.key" }, config), /readable by others; run chmod 600/);
	await assert.rejects(createKeyFile(file), /exists already and is kept/);
	await assert.rejects(loadKey({ env: "DEPIN_NO_SUCH_KEY" }, config), /DEPIN_NO_SUCH_KEY does not hold a key/);
	await assert.rejects(loadKey({ file: "gone.key" }, config), /depin-worker init/);
});
