import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { privateKeyToAccount } from "viem/accounts";
import { openAudit, verifyAudit } from "./audit.ts";

const node = privateKeyToAccount(`0x${"11".repeat(32)}`);
const stranger = privateKeyToAccount(`0x${"22".repeat(32)}`);
const dir = await mkdtemp(join(tmpdir(), "depin-audit-"));
const file = join(dir, "audit.jsonl");
after(() => rm(dir, { recursive: true, force: true }));

beforeEach(async () => {
	await rm(file, { force: true });
	const audit = await openAudit(file, node);
	await Promise.all([
		audit.note("image-load", { image: "sha256:1" }),
		audit.note("container-create", { name: "a" }),
		audit.note("container-remove", { container: "a" }),
	]);
});

test("default", async () => {
	const before = await verifyAudit(file, node.address);
	assert.ok(before.ok);
	assert.equal(before.entries, 3);
	const audit = await openAudit(file, node);
	assert.equal(audit.head(), before.head, "a restart goes on where the last run ended");
	await audit.note("node-started", {});
	assert.deepEqual(await verifyAudit(file), { ok: true, entries: 4, head: audit.head(), signer: node.address });
});

const lines = async () => (await readFile(file, "utf8")).trimEnd().split("\n");
const tampered: [string, number, (lines: string[]) => string[]][] = [
	["a changed entry", 2, ([a = "", b = "", c = ""]) => [a, b.replace('"name":"a"', '"name":"b"'), c]],
	["a missing entry", 2, ([a = "", , c = ""]) => [a, c]],
	["a missing beginning", 1, ([, b = "", c = ""]) => [b, c]],
	["entries in another order", 2, ([a = "", b = "", c = ""]) => [a, c, b]],
	["an entry twice", 2, ([a = "", b = "", c = ""]) => [a, a, b, c]],
	["other spaces", 2, ([a = "", b = "", c = ""]) => [a, b.replace(":", ": "), c]],
	["what is no entry", 3, ([a = "", b = ""]) => [a, b, "{}"]],
];
for (const [name, line, change] of tampered)
	test(`behavior: ${name} is found`, async () => {
		await writeFile(file, `${change(await lines()).join("\n")}\n`);
		const verdict = await verifyAudit(file, node.address);
		assert.deepEqual([verdict.ok, !verdict.ok && verdict.line], [false, line]);
	});

test("behavior: a log rewritten with another key is not the node's", async () => {
	await rm(file);
	await (await openAudit(file, stranger)).note("node-started", {});
	assert.equal((await verifyAudit(file)).ok, true);
	assert.equal((await verifyAudit(file, node.address)).ok, false);
});

test("behavior: a last line that a kill cut short is taken off, and that is noted", async () => {
	await appendFile(file, '{"action":"container-st');
	const audit = await openAudit(file, node);
	await audit.note("node-started", {});
	assert.equal((await verifyAudit(file)).ok, true);
	assert.match((await lines())[3] ?? "", /"action":"log-repaired","at":"[^"]+","detail":\{"cutBytes":23\}/);
});
