import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort, isFree } from "./freePort.ts";

test("default", async () => {
	const ports = await Promise.all(Array.from({ length: 50 }, freePort));
	for (const port of ports) assert.ok(port >= 20_000 && port < 32_768, `${port}: the system hands out those above`);
	assert.ok(new Set(ports).size > 40, "two who look at once hardly ever find the same");
});

test("behavior: a port that somebody listens on is not free until they stop", async () => {
	const port = await freePort();
	const server = createServer();
	await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
	assert.equal(await isFree(port), false);
	await new Promise((closed) => server.close(closed));
	assert.equal(await isFree(port), true);
});
