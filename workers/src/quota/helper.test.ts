import assert from "node:assert/strict";
import { lstat, mkdtemp, open, readdir, rm, statfs, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { mountsUnder, prepareOutputs, releaseOutputs, volumeName } from "../engine/outputVolume.ts";
import { sealOutputs } from "../engine/sealOutputs.ts";
import { askQuotaHelper, findQuotaHelper } from "./client.ts";
import { createQuotaHelper } from "./helper.ts";

const dir = await mkdtemp(join(tmpdir(), "depin-quota-"));
const volumes = join(dir, "volumes");
const socket = join(dir, "quota.sock");
const helper = createQuotaHelper({ dir: volumes, maxVolumes: 2 });
before(() => new Promise<void>((resolve) => helper.listen(socket, resolve)));
after(async () => {
	helper.close();
	assert.deepEqual(await mountsUnder(dir), [], "no mount is left");
	await rm(dir, { recursive: true, force: true });
});

const limits = { maxBytes: 2 ** 20, maxFiles: 16 };
const name = "0123456789".repeat(4);

test("default", async () => {
	assert.equal(await findQuotaHelper(socket), volumes);
	const own = join(dir, "job");
	const outputs = await prepareOutputs(own, limits, { helper: socket, dir: volumes }, 1234);
	assert.equal(
		await prepareOutputs(own, limits, { helper: socket, dir: volumes }, 1234),
		outputs,
		"asking again changes nothing",
	);
	assert.ok(outputs.startsWith(`${volumes}/`));
	assert.equal((await lstat(outputs)).uid, 1234);
	await assert.rejects(writeFile(join(outputs, "big"), Buffer.alloc(32 * 2 ** 20)), { code: "ENOSPC" });
	const { files } = await statfs(outputs);
	assert.ok(files < 200, `${files} inodes`);
	const writer = await open(join(outputs, "a"), "w");
	await assert.rejects(askQuotaHelper(socket, { op: "seal", name: volumeName(own) }), /busy/);
	await writer.close();
	await sealOutputs(own, { helper: socket, dir: volumes });
	await assert.rejects(writeFile(join(outputs, "b"), ""), { code: "EROFS" });
	await releaseOutputs(own);
	await releaseOutputs(own);
	await assert.rejects(askQuotaHelper(socket, { op: "seal", name: volumeName(own) }), /refused/);
	assert.deepEqual(await readdir(volumes), []);
	assert.deepEqual(await mountsUnder(volumes), []);
});

const make = { op: "make", name, ...limits, uid: 1234 };
const hostile: [string, string][] = [
	["a path for a name", JSON.stringify({ ...make, name: "../../../../etc" })],
	["an absolute name", JSON.stringify({ ...make, name: "/etc" })],
	["a name with a newline", JSON.stringify({ ...make, name: `${name}\n` })],
	["root as owner", JSON.stringify({ ...make, uid: 0 })],
	["a negative owner", JSON.stringify({ ...make, uid: -1 })],
	["a fraction of a byte", JSON.stringify({ ...make, maxBytes: 0.5 })],
	["text for a number", JSON.stringify({ ...make, maxBytes: "1; rm -rf /" })],
	["more than any disk", JSON.stringify({ ...make, maxBytes: 2 ** 50 })],
	["a field of its own", JSON.stringify({ ...make, options: "suid,dev,exec" })],
	["another operation", JSON.stringify({ op: "mount", source: "/dev/sda", target: "/etc" })],
	["a release of a path", JSON.stringify({ op: "release", name: ".." })],
	["a prototype", '{"__proto__":{"op":"ping"}}'],
	["no JSON", "make me a volume"],
	["an empty line", ""],
];
for (const [what, line] of hostile)
	test(`behavior: refuses ${what}`, async () => {
		assert.deepEqual(JSON.parse(await send(`${line}\n`)), { ok: false, error: "it is no request" });
		assert.deepEqual(await readdir(volumes).catch(() => []), []);
	});

test("behavior: hangs up on a line that does not end", async () => {
	assert.equal(await send("x".repeat(100_000)), "");
});

test("behavior: hangs up on whoever leaves in the middle of a line, and goes on", async () => {
	assert.equal(await send('{"op":"pi'), "");
	assert.equal(await findQuotaHelper(socket), volumes);
});

test("behavior: only one request a connection", async () => {
	assert.equal(await send('{"op":"ping"}\n{"op":"ping"}\n'), `${JSON.stringify({ ok: true, path: volumes })}\n`);
});

test("behavior: no more room than the disk has, no more volumes than allowed", async () => {
	const request = (digit: string) => ({ op: "make" as const, name: digit.repeat(40), ...limits, uid: 1 });
	await assert.rejects(askQuotaHelper(socket, { ...request("a"), maxBytes: 2 ** 40 }), /too little room/);
	await askQuotaHelper(socket, request("a"));
	await askQuotaHelper(socket, request("b"));
	await assert.rejects(askQuotaHelper(socket, request("c")), /2 volumes already/);
	for (const digit of ["a", "b"]) await askQuotaHelper(socket, { op: "release", name: digit.repeat(40) });
});

test("behavior: a helper that is not there is said so, with what to do", async () => {
	const nowhere = join(dir, "nowhere.sock");
	assert.equal(await findQuotaHelper(nowhere), undefined);
	await assert.rejects(
		prepareOutputs(join(dir, "job"), limits, { helper: nowhere, dir: volumes }, 1),
		/systemctl status depin-quota/,
	);
	await rm(join(dir, "job"), { recursive: true });
});

function send(text: string): Promise<string> {
	return new Promise((resolve) => {
		let heard = "";
		const connection = createConnection(socket, () => connection.end(text));
		connection.on("data", (part) => {
			heard += part;
		});
		connection.on("error", () => {});
		connection.on("close", () => resolve(heard));
	});
}
