import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { marketAbi } from "depin/abi";
import { createPublicClient, encodeEventTopics, http, parseEventLogs } from "viem";
import { hardhat } from "viem/chains";
import { MARKET, PANEL, serveChain, writeChain } from "./chainFile.ts";

test("default: a chain file holds as many market events as asked, each readable, and is the same each time", async () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-chain-"));
	const paths = ["a", "b"].map((name) => join(dir, name));
	const [first = "", second = ""] = paths;
	for (const path of paths) await writeChain(path, 1_234);
	assert.equal(readFileSync(first, "utf8"), readFileSync(second, "utf8"));
	const chain = await serveChain(first);
	try {
		const client = createPublicClient({ chain: hardhat, transport: http(chain.url) });
		assert.equal(chain.askedForLogs(), undefined);
		const logs = await client.getLogs({ address: MARKET, fromBlock: 0n, toBlock: "latest" as const });
		assert.deepEqual(await client.getLogs({ address: PANEL, fromBlock: 0n, toBlock: "latest" as const }), []);
		const events = parseEventLogs({ abi: marketAbi, logs });
		const topics = encodeEventTopics({ abi: marketAbi, eventName: "Claimed" });
		const claims = await client.request({ method: "eth_getLogs", params: [{ fromBlock: "0x0", topics }] });
		assert.equal(claims.length, events.filter(({ eventName }) => eventName === "Claimed").length);
		assert.equal(events.length, 1_234);
		assert.deepEqual([...new Set(events.map(({ eventName }) => eventName))].toSorted(), [
			"Claimed",
			"ClassSet",
			"Deposited",
			"NodeRegistered",
			"ParamsSet",
			"Posted",
			"Settled",
			"Submitted",
		]);
		assert.ok(chain.askedForLogs() !== undefined);
		const head = await client.getBlock();
		const before = await client.getBlock({ blockNumber: (head.number ?? 0n) - 1n });
		assert.equal(head.parentHash, before.hash);
		assert.equal((await client.getBlock({ blockHash: before.hash })).number, before.number);
	} finally {
		chain.close();
		rmSync(dir, { recursive: true, force: true });
	}
});
