import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import Docker from "dockerode";
import { importPath } from "../storage/importPath.ts";
import { checkImageArchive } from "./imageArchive.ts";
import { buildImage, normaliseImageFile, saveImage } from "./imageBuild.ts";

const engine = new Docker();
const down = await engine.ping().then(
	() => false as const,
	(error: unknown) => `no container engine answers: ${error instanceof Error ? error.message : String(error)}`,
);

let folder = "";
const built: string[] = [];
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "depin-build-"));
});
after(async () => {
	await rm(folder, { recursive: true });
	for (const id of built) await engine.getImage(id).remove({ force: true });
});

async function context(name: string, files: Record<string, string>): Promise<string> {
	const root = join(folder, name);
	await mkdir(root);
	for (const [path, content] of Object.entries(files)) await writeFile(join(root, path), content);
	return root;
}

async function build(name: string): Promise<string> {
	// A file nobody has: a cached image of an earlier run would be another run's to remove.
	const files = {
		Dockerfile: 'FROM scratch\nCOPY data /data\nENV A=1\nCMD ["/data"]\n',
		data: randomBytes(32).toString("hex"),
	};
	const imageId = await buildImage(await context(name, files));
	built.push(imageId);
	return imageId;
}

describe("images of the local engine", { skip: down }, () => {
	test("default: built, saved, checked, and loaded again under the same ID", async () => {
		const imageId = await build("default");
		const target = join(folder, "default.tar");
		const info = await saveImage(imageId, target);
		assert.equal(info.imageId, imageId);
		assert.equal((await checkImageArchive(target)).imageId, imageId);
		await engine.getImage(imageId).remove({ force: true });
		const loading = await engine.loadImage(createReadStream(target));
		await new Promise((settle) => engine.modem.followProgress(loading, settle));
		assert.equal((await engine.getImage(imageId).inspect()).Id, imageId);
	});

	test("behavior: saving twice gives one CID, tags or not", async () => {
		const imageId = await build("twice");
		const [first, second] = [join(folder, "first.tar"), join(folder, "second.tar")];
		await saveImage(imageId, first);
		const tag = `depin-test-${randomBytes(6).toString("hex")}`;
		await engine.getImage(imageId).tag({ repo: tag });
		await saveImage(`${tag}:latest`, second);
		assert.equal((await importPath(first)).root.toString(), (await importPath(second)).root.toString());
		// An archive that travels is one that docker save could have written.
		const again = join(folder, "again.tar");
		await normaliseImageFile(second, again);
		assert.equal((await importPath(first)).root.toString(), (await importPath(again)).root.toString());
	});

	test("behavior: tells the build's own words when a step fails", async () => {
		const root = await context("broken", { Dockerfile: "FROM scratch\nCOPY nowhere /x\n" });
		await assert.rejects(buildImage(root), { code: "image-build-failed", message: /nowhere/ });
	});

	test("behavior: shows what the build prints", async () => {
		const lines: string[] = [];
		const root = await context("output", { Dockerfile: `FROM scratch\nLABEL run=${randomBytes(8).toString("hex")}\n` });
		built.push(await buildImage(root, { onOutput: (line) => lines.push(line) }));
		assert(lines.some((line) => line.includes("FROM scratch")));
	});

	test("behavior: an image the engine lacks", async () => {
		const missing = `sha256:${"0".repeat(64)}`;
		await assert.rejects(saveImage(missing, join(folder, "none.tar")), { code: "image-build-failed" });
	});
});

describe("without an engine", () => {
	const nobody = new Docker({ socketPath: join(tmpdir(), "depin-no-engine.sock") });

	test("behavior: says that none answers and what to do", async () => {
		const root = await context("no-engine", { Dockerfile: "FROM scratch\n" });
		await assert.rejects(buildImage(root, { engine: nobody }), /no container engine answers[\s\S]*Start Docker/);
	});

	test("behavior: a folder without a Dockerfile", async () => {
		await assert.rejects(buildImage(await context("empty", {}), { engine: nobody }), /no Dockerfile/);
	});
});
