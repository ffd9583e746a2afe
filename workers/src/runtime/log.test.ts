import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, publicUrl } from "./log.ts";

function lines() {
	const written: Record<string, unknown>[] = [];
	const log = createLog({ role: "test", destination: { write: (line) => void written.push(JSON.parse(line)) } });
	return { log, written };
}

test("default: a JSON line with role, level by name, ISO time and ids as fields", () => {
	const { log, written } = lines();
	log.child({ orderId: "0xab", job: 3 }).info("claimed");
	const [{ time, ...line } = {}] = written;
	assert.deepEqual(line, { level: "info", role: "test", orderId: "0xab", job: 3, msg: "claimed" });
	assert.ok(!Number.isNaN(Date.parse(String(time))));
});

test("behavior: secrets never reach a line", () => {
	const { log, written } = lines();
	log.info({
		token: "s3cret",
		storage: { url: "http://x", token: "s3cret" },
		privateKey: "s3cret",
		tokens: ["s3cret"],
	});
	log.warn({ headers: { authorization: "Bearer s3cret" }, config: { key: "s3cret", password: "s3cret" } });
	assert.ok(!JSON.stringify(written).includes("s3cret"));
	assert.ok(JSON.stringify(written).includes('"url":"http://x"'));
});

test("behavior: a URL is logged without what may be a customer's key", () => {
	assert.equal(publicUrl("https://user:pass@rpc.example:8545/v2/s3cret?key=s3cret"), "https://rpc.example:8545");
});
