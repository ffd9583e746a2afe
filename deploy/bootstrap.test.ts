import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, test } from "node:test";
import { identity } from "./setup/lock.js";

const ROOT = resolve(import.meta.dirname, "..");
const SCRIPT = "console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;";
const undo: (() => void)[] = [];
afterEach(() => {
	for (const step of undo.splice(0).reverse()) step();
});

/** A clone's worth of what the bootstrap reads; `installed` lends it this repository's packages. */
function clone({
	installed,
	at = mkdtempSync(join(tmpdir(), "depin-clone-")),
}: {
	installed: boolean;
	at?: string;
}): string {
	undo.push(() => rmSync(at, { recursive: true, force: true }));
	for (const path of ["deploy/bootstrap.js", "deploy/setup", "package.json", "package-lock.json"]) {
		cpSync(join(ROOT, path), join(at, path), { recursive: true });
	}
	if (installed) symlinkSync(join(ROOT, "node_modules"), join(at, "node_modules"));
	writeFileSync(join(at, "script.ts"), SCRIPT);
	return at;
}

interface Ended {
	code: number | null;
	stdout: string;
	stderr: string;
}

function start(at: string, env: Record<string, string> = {}, args: string[] = []) {
	const all = { ...process.env, ...env };
	const child = spawn(process.execPath, [join(at, "deploy/bootstrap.js"), "script.ts", ...args], { cwd: at, env: all });
	const output = { stdout: "", stderr: "" };
	child.stdout.on("data", (part: Buffer) => (output.stdout += part));
	child.stderr.on("data", (part: Buffer) => (output.stderr += part));
	const ended = new Promise<Ended>((settle) => child.once("close", (code) => settle({ code, ...output })));
	return { child, ended, output };
}

async function until(condition: () => boolean, child: ChildProcess): Promise<void> {
	while (!condition()) {
		assert.equal(child.exitCode, null, "ended before what was waited for");
		await new Promise((settle) => setTimeout(settle, 20));
	}
}

/** An npm of ours, as `npm start` names the real one to what it runs. */
function fakeNpm(at: string, text: string): Record<string, string> {
	const path = join(at, "npm/npm-cli.js");
	mkdirSync(join(at, "npm"), { recursive: true });
	writeFileSync(join(at, "npm/package.json"), '{ "type": "commonjs" }');
	writeFileSync(path, text);
	return { npm_execpath: path };
}

test("default: makes the pinned Node ready, then passes arguments and exit code through", async () => {
	const at = clone({ installed: true });
	const first = await start(at, {}, ["one", "--two"]).ended;
	assert.deepEqual([first.code, first.stdout], [7, '["one","--two"]\n'], first.stderr);
	assert.match(first.stderr, /setup: Node \d+\.\d+\.\d+ ready/);
	const second = await start(at).ended;
	assert.deepEqual([second.code, second.stderr], [7, ""]);
});

test("behavior: Node options of the caller do not reach the script", async () => {
	const at = clone({ installed: true });
	writeFileSync(
		join(at, "script.ts"),
		"console.log(process.env.NODE_OPTIONS ?? 'none', process.env.npm_config_omit ?? 'none')",
	);
	const { stdout } = await start(at, { NODE_OPTIONS: "--no-warnings", npm_config_omit: "dev" }).ended;
	assert.equal(stdout, "none none\n");
});

test("behavior: passes a signal on and ends as the script ends", async () => {
	const at = clone({ installed: true });
	writeFileSync(
		join(at, "script.ts"),
		"process.on('SIGTERM', () => process.exit(9)); console.log('up'); setInterval(() => {}, 1e6);",
	);
	const { child, ended, output } = start(at);
	await until(() => output.stdout.includes("up"), child);
	child.kill("SIGTERM");
	assert.equal((await ended).code, 9);
});

test("behavior: waits for another set-up in the same folder", async () => {
	const at = clone({ installed: true });
	const lock = join(at, ".depin/setup.lock");
	mkdirSync(join(at, ".depin"));
	writeFileSync(lock, String(identity(process.pid)));
	const { child, ended, output } = start(at);
	await until(() => output.stderr.includes(`another set-up (process ${process.pid})`), child);
	rmSync(lock);
	assert.equal((await ended).code, 7);
});

test("behavior: repairs what a killed set-up left, and ends its npm first", async () => {
	const at = clone({ installed: true });
	await start(at).ended; // the pinned Node is there, the packages then are not
	rmSync(join(at, "node_modules"));
	const hanging = fakeNpm(
		at,
		"require('fs').writeFileSync('hanging', String(process.pid)); setInterval(() => {}, 1e6);",
	);
	const killed = start(at, hanging);
	await until(() => existsSync(join(at, ".depin/setup.child")) && existsSync(join(at, "hanging")), killed.child);
	const npm = Number(readFileSync(join(at, "hanging"), "utf8"));
	killed.child.kill("SIGKILL");
	assert.notEqual(identity(npm), undefined);

	const installing = fakeNpm(
		at,
		`require('fs').symlinkSync(${JSON.stringify(join(ROOT, "node_modules"))}, 'node_modules')`,
	);
	const { code, stderr } = await start(at, installing).ended;
	assert.equal(code, 7, stderr);
	assert.equal(identity(npm), undefined);
});

/** An npm like the one of Debian 12: it can fetch a package, and cannot install these. The registry's newest is `newer`. */
function oldNpm(at: string, newer: string): Record<string, string> {
	const fetched = join(at, "newer.tgz");
	mkdirSync(join(at, "newer/package/bin"), { recursive: true });
	writeFileSync(join(at, "newer/package/package.json"), '{ "name": "npm", "version": "99.0.0", "type": "commonjs" }');
	writeFileSync(join(at, "newer/package/bin/npm-cli.js"), newer);
	execFileSync("tar", ["-czf", fetched, "-C", join(at, "newer"), "package"]);
	const program = `const [command, , , to] = process.argv.slice(2);
		if (command !== "pack") { console.error("npm ERR! code EUSAGE"); process.exit(1); }
		require("fs").copyFileSync(${JSON.stringify(fetched)}, to + "/npm-99.0.0.tgz");`;
	const path = join(at, "old/bin/npm-cli.js");
	mkdirSync(join(at, "old/bin"), { recursive: true });
	writeFileSync(join(at, "old/package.json"), '{ "name": "npm", "version": "9.2.0", "type": "commonjs" }');
	writeFileSync(path, program);
	return { npm_execpath: path };
}

function name(at: string, packageManager: string): void {
	const path = join(at, "package.json");
	writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), packageManager }));
}

test("behavior: where the system's npm is too old, the one that package.json names installs", async () => {
	const at = clone({ installed: true });
	await start(at).ended;
	rmSync(join(at, "node_modules"));
	const installs = `require('fs').symlinkSync(${JSON.stringify(join(ROOT, "node_modules"))}, 'node_modules')`;
	const env = oldNpm(at, installs);
	const hash = createHash("sha512")
		.update(readFileSync(join(at, "newer.tgz")))
		.digest("hex");
	name(at, `npm@99.0.0+sha512.${hash}`);
	const { code, stderr } = await start(at, env).ended;
	assert.equal(code, 7, stderr);
	assert.match(stderr, /npm 9\.2\.0 is too old for these packages, getting 99\.0\.0/);
});

test("behavior: an npm that is not the one package.json names is not run", async () => {
	const at = clone({ installed: true });
	await start(at).ended;
	rmSync(join(at, "node_modules"));
	const env = oldNpm(at, "require('fs').writeFileSync('ran', '')");
	name(at, `npm@99.0.0+sha512.${"0".repeat(128)}`);
	const { code, stderr } = await start(at, env).ended;
	assert.equal(code, 1);
	assert.match(stderr, /^setup: npm@99\.0\.0 is not the one this repository names: do not trust this registry$/m);
	assert.equal(existsSync(join(at, "ran")), false);
});

test("behavior: an unreachable registry is one line with the way out", async () => {
	const at = clone({ installed: false });
	const env = { npm_config_registry: "http://127.0.0.1:9/", npm_config_cache: join(at, "cache"), npm_execpath: "" };
	const { code, stderr } = await start(at, env).ended;
	assert.equal(code, 1);
	assert.match(
		stderr,
		/^setup: getting Node [\d.]+ failed, the package registry cannot be reached: check the network.*$/m,
	);
});

test("behavior: packages that do not install are one line with the way out", async () => {
	const at = clone({ installed: true });
	await start(at).ended;
	rmSync(join(at, "node_modules"));
	const failing = fakeNpm(at, "console.error('npm error code ENOSPC'); process.exit(1);");
	const { code, stderr } = await start(at, failing).ended;
	assert.equal(code, 1);
	assert.match(stderr, /^setup: installing packages failed, the disk is full: free about 3 GB/m);
});

const canMount = process.platform === "linux" && process.getuid?.() === 0;
const needsMount = canMount ? false : "extra tool not installed: only root can mount a small disk";

function mountAt(options: string): string {
	const at = mkdtempSync(join(tmpdir(), "depin-clone-"));
	execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", at]);
	undo.push(() => {
		execFileSync("umount", [at]);
		rmSync(at, { recursive: true });
	});
	return at;
}

test("behavior: a full disk is one line with the way out", { skip: needsMount }, async () => {
	const at = mountAt("size=20m");
	clone({ installed: true, at });
	undo.pop();
	const { code, stderr } = await start(at).ended;
	assert.equal(code, 1);
	assert.match(stderr, /^setup: .*the disk is full.*: free .*$/m);
});

test("behavior: a folder that cannot be written to is one line with the way out", { skip: needsMount }, async () => {
	const at = mountAt("size=20m");
	clone({ installed: true, at });
	undo.pop();
	execFileSync("mount", ["-o", "remount,ro", at]);
	const { code, stderr } = await start(at).ended;
	assert.equal(code, 1);
	assert.match(
		stderr,
		/^setup: .*cannot be written to \(read-only file system\): clone into a folder you may write to$/m,
	);
});
