import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { after, describe, test } from "node:test";

const ROOT = resolve(import.meta.dirname, "../..");
const lack = spawnSync("systemd-analyze", ["--version"]).status === 0 ? false : "systemd-analyze is not installed";
const dir = await mkdtemp(join(tmpdir(), "depin-units-"));
after(() => rm(dir, { recursive: true }));

/** Runs the lines of docs/provider.md that put the units in their place, with `dir` for systemd's folder. */
async function install(): Promise<void> {
	const guide = await readFile(join(ROOT, "docs/provider.md"), "utf8");
	const lines = guide.split("\n").filter((line) => /^sudo (cp|sed) .*\/etc\/systemd\/system\//.test(line));
	assert.equal(lines.length, 4, "two units are copied and fitted");
	const script = lines.join("\n").replaceAll("sudo ", "").replaceAll("/etc/systemd/system/", `${dir}/`);
	const env = { ...process.env, USER: userInfo().username };
	assert.equal(spawnSync("sh", ["-ec", script], { cwd: ROOT, env, stdio: "inherit" }).status, 0);
}

function analyze(...args: string[]): string {
	const { status, stdout, stderr } = spawnSync("systemd-analyze", args, {
		cwd: dir,
		env: { ...process.env, SYSTEMD_UNIT_PATH: `${dir}:`, SYSTEMD_COLORS: "0" },
		encoding: "utf8",
	});
	assert.equal(status, 0, stdout + stderr);
	return stdout + stderr;
}

describe("systemd's units", { skip: lack }, () => {
	test("default", async () => {
		await install();
		for (const unit of ["depin-quota.socket", "depin-quota.service", "depin-node.service"])
			assert.doesNotMatch(analyze("verify", "--man=no", "--recursive-errors=no", `./${unit}`), /depin-/);
	});

	test("behavior: the node's service may do little", () => {
		const [, exposure] = /exposure level for depin-node\.service: ([\d.]+)/.exec(
			analyze("security", "--offline=yes", "--no-pager", "./depin-node.service"),
		) ?? ["", "10"];
		assert.ok(Number(exposure) < 3, `exposure ${exposure}`);
	});
});
