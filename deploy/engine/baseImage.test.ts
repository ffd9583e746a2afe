import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import Docker from "dockerode";
import { BASE_IMAGE, ensureBaseImage } from "./baseImage.ts";
import { parseLdd } from "./sharedLibraries.ts";

const docker = new Docker();

/** A file with nothing but the first words of a Linux program for the given ELF machine number. */
async function withProgram(machine: number, use: (path: string) => Promise<void>): Promise<void> {
	const head = Buffer.alloc(64);
	head.writeUInt32BE(0x7f454c46, 0);
	head.writeUInt16BE(0x0201, 4);
	head.writeUInt16LE(machine, 18);
	const folder = await mkdtemp(join(tmpdir(), "depin-elf-"));
	const path = join(folder, "node");
	await writeFile(path, head);
	await use(path).finally(() => rm(folder, { recursive: true }));
}

test("default", async () => {
	const { tag, id } = await ensureBaseImage(docker);
	assert.equal(tag, BASE_IMAGE);
	const script =
		'console.log([process.version, process.getuid(), os.homedir(), Object.keys(os.networkInterfaces())].join(" "))';
	const container = await docker.createContainer({
		Image: id,
		Cmd: ["node", "-e", script],
		User: "65532:65532",
		Tty: true,
		HostConfig: {
			NetworkMode: "none",
			ReadonlyRootfs: true,
			CapDrop: ["ALL"],
			SecurityOpt: ["no-new-privileges:true"],
			Tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=16m" },
		},
	});
	try {
		await container.start();
		assert.equal((await container.wait()).StatusCode, 0);
		assert.equal((await container.logs({ stdout: true, stderr: true })).toString().trim(), "v24.21.0 65532 /tmp lo");
	} finally {
		await container.remove({ force: true });
	}
});

test("behavior: an engine that has the image keeps it", async () => {
	const { id } = await ensureBaseImage(docker);
	assert.deepEqual(await ensureBaseImage(docker), { tag: BASE_IMAGE, id, built: false });
});

test("behavior: an image made of something else is replaced, and the same inputs give the same id", async () => {
	const { id } = await ensureBaseImage(docker);
	const keeper = await docker.createContainer({ Image: id });
	const other = await keeper.commit({
		repo: "depin/node",
		tag: "24.21.0",
		changes: "LABEL dev.depin.base.inputs=other",
	});
	await keeper.remove();
	assert.notEqual((await docker.getImage(BASE_IMAGE).inspect()).Id, id);
	assert.equal((await ensureBaseImage(docker)).id, id);
	assert.equal((await docker.getImage(BASE_IMAGE).inspect()).Id, id);
	await docker.getImage(other.Id).remove();
});

test("behavior: a Node for another processor is refused", async () => {
	const { Arch } = await docker.version();
	const [machine, name] = Arch === "amd64" ? [183, "arm64"] : [62, "amd64"];
	await withProgram(machine, async (node) => {
		await assert.rejects(
			ensureBaseImage(docker, { node }),
			new RegExp(`runs ${Arch} programs, but .* is made for ${name}`),
		);
	});
});

test("behavior: a program of another system is refused", async () => {
	await withProgram(0, async (node) => {
		await assert.rejects(ensureBaseImage(docker, { node }), /is not a Linux program/);
	});
});

test("behavior: a missing shared library is named", () => {
	const listed =
		"\tlinux-vdso.so.1 (0x00007f67)\n\tlibm.so.6 => /lib/libm.so.6 (0x00007f67)\n\t/lib64/ld-linux.so.2 (0x00007f67)\n";
	assert.deepEqual(parseLdd(listed), ["/lib/libm.so.6", "/lib64/ld-linux.so.2"]);
	assert.throws(() => parseLdd(`${listed}\tlibodd.so.1 => not found\n`), /libodd\.so\.1 => not found/);
});
