import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { identity, tryLock, withLock } from "./lock.js";

const folder = mkdtempSync(join(tmpdir(), "depin-lock-"));
after(() => rmSync(folder, { recursive: true }));

test("default: one at a time, released at the end", async () => {
	const path = join(folder, "default");
	let inside = 0;
	let most = 0;
	const work = () =>
		withLock(
			path,
			() => {},
			async () => {
				inside += 1;
				most = Math.max(most, inside);
				await new Promise((settle) => setTimeout(settle, 5));
				inside -= 1;
			},
		);
	await work();
	await work();
	assert.equal(most, 1);
	assert.equal(existsSync(path), false);
});

test("behavior: names the living owner", () => {
	const path = join(folder, "living");
	writeFileSync(path, identity(process.ppid) ?? "");
	assert.deepEqual(tryLock(path), { owner: process.ppid });
});

test("behavior: takes over from a dead owner, and from one whose pid another process has now", () => {
	for (const dead of ["999999999 1", `${process.ppid} 1`]) {
		const path = join(folder, "dead");
		writeFileSync(path, dead);
		const lock = tryLock(path);
		assert.ok("release" in lock);
		assert.equal(readFileSync(path, "utf8"), identity(process.pid));
		lock.release();
		assert.equal(existsSync(path), false);
	}
});

test("behavior: is released when the work throws", async () => {
	const path = join(folder, "throws");
	const failing = withLock(
		path,
		() => {},
		() => Promise.reject(new Error("no")),
	);
	await assert.rejects(failing, /no/);
	assert.equal(existsSync(path), false);
});
