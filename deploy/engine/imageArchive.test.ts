import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { imageArchive, type LayerEntry } from "./imageArchive.ts";

const IMAGE = { architecture: "amd64", config: { Cmd: ["/bin/tool"] } };

async function withTool(use: (tool: LayerEntry, path: string, folder: string) => Promise<void>): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "depin-archive-"));
	const path = join(folder, "tool");
	await writeFile(path, "x".repeat(700));
	await use({ path: "bin/tool", mode: 0o755, source: path, size: 700 }, path, folder).finally(() =>
		rm(folder, { recursive: true }),
	);
}

test("default", async () => {
	await withTool(async (tool, _path, folder) => {
		const entries: LayerEntry[] = [
			tool,
			{ path: "etc/passwd", content: "root" },
			{ path: "tmp", mode: 0o1777, directory: true },
		];
		const archive = await buffer(await imageArchive("depin/test:1", IMAGE, entries));
		const tar = (args: string[], input: Buffer) => execFileSync("tar", args, { input, maxBuffer: 1 << 24 });

		const [manifest] = JSON.parse(tar(["-xOf", "-", "manifest.json"], archive).toString());
		assert.deepEqual(manifest.RepoTags, ["depin/test:1"]);
		const layer = tar(["-xOf", "-", manifest.Layers[0]], archive);
		const config = JSON.parse(tar(["-xOf", "-", manifest.Config], archive).toString());
		assert.deepEqual(config.rootfs.diff_ids, [`sha256:${createHash("sha256").update(layer).digest("hex")}`]);

		const listing = tar(["--utc", "--numeric-owner", "-tvf", "-"], layer).toString().trim().split("\n");
		assert.deepEqual(
			listing.map((line) => line.split(/\s+/).join(" ")),
			[
				"drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/",
				"-rwxr-xr-x 0/0 700 1970-01-01 00:00 bin/tool",
				"drwxr-xr-x 0/0 0 1970-01-01 00:00 etc/",
				"-rw-r--r-- 0/0 4 1970-01-01 00:00 etc/passwd",
				"drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/",
			],
		);
		tar(["-xf", "-", "-C", folder, "bin/tool"], layer);
	});
});

test("behavior: order of entries and dates of files leave no trace", async () => {
	await withTool(async (tool, path) => {
		const other: LayerEntry = { path: "a", content: "1" };
		const first = await buffer(await imageArchive("depin/test:1", IMAGE, [tool, other]));
		await utimes(path, 1, 1);
		const second = await buffer(await imageArchive("depin/test:1", IMAGE, [other, tool]));
		assert.ok(first.equals(second));
	});
});

test("behavior: a source that changes its size is refused", async () => {
	await withTool(async (tool, path) => {
		await writeFile(path, "shorter");
		await assert.rejects(imageArchive("depin/test:1", IMAGE, [tool]), /bin\/tool changed/);
	});
});
