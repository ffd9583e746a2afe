import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type Remains, remains } from "./remains.ts";

const START = join(import.meta.dirname, "start.ts");
const TIMEOUT_MS = 10 * 60_000;

let dir = "";
let mark = "";
const NOTHING: Remains = { processes: [], containers: [], volumes: [], mounts: [], loops: [] };
const children: ChildProcess[] = [];

beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), "depin-start-"));
	mark = `DEPIN_TEST_MARK=${randomUUID()}`;
});
afterEach(() => {
	for (const child of children.splice(0)) child.kill("SIGKILL");
	rmSync(dir, { recursive: true, force: true });
});

interface Ended {
	code: number | null;
	stdout: string;
	stderr: string;
}

function start(args: string[], env: Record<string, string> = {}) {
	const [name = "", value] = mark.split("=");
	const all = { ...process.env, ...env, [name]: value };
	const child = spawn(process.execPath, [START, "--dir", dir, ...args], {
		env: all,
		stdio: ["ignore", "pipe", "pipe"],
	});
	children.push(child);
	const output = { stdout: "", stderr: "" };
	child.stdout.on("data", (part: Buffer) => (output.stdout += part));
	child.stderr.on("data", (part: Buffer) => (output.stderr += part));
	const ended = new Promise<Ended>((settle) => child.once("close", (code) => settle({ code, ...output })));
	const says = async (pattern: RegExp) => {
		while (!pattern.test(output.stdout + output.stderr)) {
			if (child.exitCode !== null) assert.fail(`ended before it said ${pattern}:\n${output.stderr}`);
			await new Promise((settle) => setTimeout(settle, 50));
		}
	};
	return { child, ended, says };
}

const lastLine = (text: string) => text.trimEnd().split("\n").at(-1) ?? "";
const UP = /Ctrl-C stops everything/;

test("default: one order is posted, run, verified and paid, and nothing of it remains", {
	timeout: TIMEOUT_MS,
}, async () => {
	const { code, stdout, stderr } = await start(["--any-port", "--once", "--json"]).ended;
	assert.equal(code, 0, stderr);
	const report = JSON.parse(lastLine(stdout));
	assert.deepEqual([report.paid, report.verified, report.jobId], [true, true, `${report.orderId}/0`]);
	assert.ok(report.metrics.accuracy >= 0.95, `accuracy ${report.metrics.accuracy}`);
	const held: number = report.metrics.confusion.flat().reduce((sum: number, count: number) => sum + count, 0);
	assert.ok(held >= 2_000, `${held} held-out digits`);
	assert.deepEqual(Object.keys(report.seconds), [
		"setup",
		"devnet",
		"post",
		"claim",
		"containerStart",
		"submit",
		"settle",
		"total",
	]);
	assert.deepEqual(Object.keys(report.gas), ["post", "claim", "submit", "settle"]);
	for (const cid of [report.resultCid, report.statementCid]) assert.match(cid, /^baf[a-z2-7]+$/);
	assert.deepEqual(await remains(mark, dir), NOTHING);
});

test("behavior: a second start in the same folder names the first; Ctrl-C then leaves nothing", {
	timeout: TIMEOUT_MS,
}, async () => {
	const first = start(["--any-port", "--no-order"]);
	await first.says(UP);
	const second = await start(["--any-port", "--no-order"]).ended;
	assert.equal(second.code, 1);
	const expected = `a devnet is running here already (process ${first.child.pid}): use that one, or stop it`;
	assert.ok(lastLine(second.stderr).startsWith(expected), second.stderr);
	first.child.kill("SIGINT");
	assert.equal((await first.ended).code, 0);
	assert.deepEqual(await remains(mark, dir), NOTHING);
});

test("behavior: ended while it starts, it leaves nothing", { timeout: TIMEOUT_MS }, async () => {
	for (const moment of [/set-up ready/, /chain ready/, /Market deployed/]) {
		const devnet = start(["--any-port", "--no-order"]);
		await devnet.says(moment);
		devnet.child.kill("SIGTERM");
		assert.equal((await devnet.ended).code, 130, String(moment));
		assert.deepEqual(await remains(mark, dir), NOTHING, String(moment));
	}
});

test("behavior: killed -9, the next start removes what it left", { timeout: TIMEOUT_MS }, async () => {
	const killed = start(["--any-port", "--no-order"]);
	await killed.says(UP);
	killed.child.kill("SIGKILL");
	await killed.ended;
	assert.notDeepEqual((await remains(mark, dir)).processes, []);
	const next = start(["--any-port", "--no-order"]);
	await next.says(UP);
	next.child.kill("SIGTERM");
	const { code, stderr } = await next.ended;
	assert.equal(code, 0);
	assert.match(stderr, /removed \d+ processes, containers or mounts that a killed devnet had left/);
	assert.deepEqual(await remains(mark, dir), NOTHING);
});

test("behavior: a service that dies ends everything with its name, its last words and its log", {
	timeout: TIMEOUT_MS,
}, async () => {
	const devnet = start(["--any-port", "--no-order"]);
	await devnet.says(UP);
	const storage = (await remains(mark, dir)).processes.find((line) => line.includes("depin-worker.js storage"));
	process.kill(Number(storage?.split(" ")[0]), "SIGKILL");
	const { code, stderr } = await devnet.ended;
	assert.equal(code, 1);
	assert.match(lastLine(stderr), /^the devnet's storage was ended by SIGKILL, .*: its log: \/.*storage\.log$/);
	assert.deepEqual(await remains(mark, dir), NOTHING);
});

test("behavior: a taken port is one line that names who has it", async () => {
	const server = createServer().listen({ port: 8545, host: "127.0.0.1" });
	const free = await new Promise<boolean>((settle) =>
		server.once("listening", () => settle(true)).once("error", () => settle(false)),
	);
	const { code, stderr } = await start(["--no-order"]).ended;
	server.close();
	assert.equal(code, 1);
	assert.match(
		lastLine(stderr),
		/^port \d+, which the devnet's [\w-]+ needs, is taken by .+ \(process \d+\): stop it \(`kill \d+`\) and run again$/,
	);
	if (free) assert.ok(lastLine(stderr).includes(`process ${process.pid}`), stderr);
	assert.deepEqual(await remains(mark, dir), NOTHING);
});

test("behavior: a dead container engine is one line with the way out", async () => {
	const { code, stderr } = await start(["--any-port"], { DOCKER_HOST: `unix://${dir}/none.sock` }).ended;
	assert.equal(code, 1);
	assert.match(
		lastLine(stderr),
		/^no container engine answers at DOCKER_HOST=unix:\/\/.*: start it, or unset DOCKER_HOST$/,
	);
});

const canMount = process.platform === "linux" && process.getuid?.() === 0;
const needsMount = canMount ? false : "extra tool not installed: only root can mount a small disk";

test("behavior: a full disk is one line with the way out", { skip: needsMount }, async () => {
	execFileSync("mount", ["-t", "tmpfs", "-o", "size=20m", "tmpfs", dir]);
	try {
		const { code, stderr } = await start(["--any-port"]).ended;
		assert.equal(code, 1);
		assert.match(lastLine(stderr), /^the disk is full, 0\.0 GB free of the 3\.0 GB a devnet needs: free some .*$/);
	} finally {
		execFileSync("umount", [dir]);
	}
});

test("behavior: an unknown option is refused with the help", async () => {
	const { code, stderr } = await start(["--onec"]).ended;
	assert.equal(code, 2);
	assert.match(stderr, /Unknown option '--onec'/);
	assert.match(stderr, /example: npm start -- --once --json/);
});
