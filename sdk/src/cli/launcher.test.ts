import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { zeroAddress } from "viem";

const LAUNCHER = resolve(import.meta.dirname, "../../bin/depin.js");
/** Older Nodes a system may have beside the pinned one. */
const oldNode = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => existsSync(path) && majorOf(path) < 22);

function majorOf(node: string): number {
	return Number.parseInt(spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.slice(1), 10);
}

test("default: the command starts and ends as it should", () => {
	const { status, stdout } = spawnSync(process.execPath, [LAUNCHER, "--version"], { encoding: "utf8" });
	assert.equal(status, 0);
	assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
	assert.equal(spawnSync(process.execPath, [LAUNCHER, "nonsense"]).status, 2);
});

test("behavior: where nothing is installed it says which command to run", () => {
	const folder = mkdtempSync(join(tmpdir(), "depin-launcher-"));
	try {
		mkdirSync(join(folder, "bin"));
		writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
		copyFileSync(LAUNCHER, join(folder, "bin/depin.js"));
		const { status, stderr } = spawnSync(process.execPath, [join(folder, "bin/depin.js")], { encoding: "utf8" });
		assert.equal(status, 1);
		assert.match(stderr, /nothing is installed yet; run `npm start`/);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});

test("behavior: an old Node hands over, and codes and signals pass through", {
	skip: oldNode ? false : "this machine has no Node below 22",
}, async () => {
	assert.equal(spawnSync(oldNode ?? "", [LAUNCHER, "nonsense"]).status, 2);
	// An endpoint that never answers keeps the command busy until the signal.
	const asked = Promise.withResolvers<void>();
	const endpoint = createServer(() => asked.resolve()).listen(0, "127.0.0.1");
	await once(endpoint, "listening");
	const address = endpoint.address();
	assert.ok(typeof address === "object" && address);
	const folder = mkdtempSync(join(tmpdir(), "depin-launcher-"));
	try {
		const profile = join(folder, "slow.json");
		const rpcUrl = `http://127.0.0.1:${address.port}`;
		writeFileSync(
			profile,
			JSON.stringify({ name: "slow", chainId: 1, rpcUrl, market: zeroAddress, asset: zeroAddress }),
		);
		const waiting = spawn(oldNode ?? "", [LAUNCHER, "balance", zeroAddress, "--profile", profile]);
		const ended = once(waiting, "close");
		await asked.promise;
		waiting.kill("SIGTERM");
		assert.deepEqual(await ended, [130, null]);
	} finally {
		rmSync(folder, { recursive: true, force: true });
		endpoint.closeAllConnections();
		endpoint.close();
	}
});
