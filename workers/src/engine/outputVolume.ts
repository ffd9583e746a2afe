import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chown, lstat, mkdir, open, readFile, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { askQuotaHelper, findQuotaHelper } from "../quota/client.ts";
import { QUOTA_SOCKET } from "../quota/protocol.ts";
import { EngineError } from "./errors.ts";
import { OUTPUT_HEADROOM_BYTES } from "./hostConfig.ts";

const run = promisify(execFile);

/** Inodes beyond the cap on files: the file system's own eleven, the root, and room to be caught over the cap. */
const INODE_HEADROOM = 64;
/** What ext4 needs beside data whatever its size. On top: an inode and a block for every file, block maps of large ones. */
const OVERHEAD_BYTES = 8 * 2 ** 20;

export interface OutputLimits {
	maxBytes: number;
	maxFiles: number;
}

/**
 * `filesystem`: a file system of its own, of just the allowed size, so that bytes and inodes end there.
 * `helper`: the same, made in `dir` by the root helper that listens there; for a node that is not root.
 * `polled`: a plain directory somebody must watch. Only root can mount, and not every host has the tools.
 */
export type Quota = "filesystem" | { helper: string; dir: string } | "polled";

/** Which kind this host can do. Asked once at start. */
export async function quotaOf(helper = QUOTA_SOCKET): Promise<Quota> {
	if (process.getuid?.() !== 0) {
		const dir = await findQuotaHelper(helper);
		return dir === undefined ? "polled" : { helper, dir };
	}
	const tools = await Promise.all(
		["mkfs.ext4", "mount", "umount"].map((tool) =>
			run("sh", ["-c", `command -v ${tool}`], { env: sbin() }).then(ok, no),
		),
	);
	return tools.every(Boolean) && (await stat("/dev/loop-control").then(ok, no)) ? "filesystem" : "polled";
}

/**
 * Makes `<dir>/outputs`, writable by the container's user, and returns it. Safe to repeat: what an earlier call that
 * was cut short left behind is used or replaced, and what is mounted already stays as it is.
 */
export async function prepareOutputs(dir: string, limits: OutputLimits, quota: Quota, uid: number): Promise<string> {
	const outputs = join(dir, "outputs");
	await mkdir(outputs, { recursive: true, mode: 0o755 });
	if (quota === "polled") {
		await chown(outputs, uid, uid);
		return outputs;
	}
	if (typeof quota === "object") return askForVolume(dir, limits, quota.helper, uid);
	const image = join(dir, "outputs.img");
	try {
		if ((await mountsUnder(outputs)).length === 0) {
			await makeImage(image, limits, uid);
			await run("mount", ["-t", "ext4", "-o", "loop,nosuid,nodev,noexec,noatime", image, outputs], { env: sbin() });
		}
		await removeLostFound(join(outputs, "lost+found"));
	} catch (error) {
		throw new EngineError(
			"quota-unavailable",
			`Could not make the size-limited output volume at ${outputs}: ${message(error)}. Nothing ran; check free disk and loop devices (\`losetup -a\`).`,
			error,
		);
	}
	return outputs;
}

/** Says in `dir` what was asked of whom before asking, so that a volume is released even when we are killed in between. */
const ASKED = "volume.json";

async function askForVolume(dir: string, { maxBytes, maxFiles }: OutputLimits, helper: string, uid: number) {
	const name = volumeName(dir);
	await writeFile(join(dir, ASKED), JSON.stringify({ helper, name }));
	const path = await askQuotaHelper(helper, { op: "make", name, maxBytes, maxFiles, uid });
	if (path === undefined) throw new EngineError("quota-unavailable", "The quota helper named no path. Nothing ran.");
	return path;
}

/** Helpers serve several nodes; where a volume is for is as unique as its folder. */
export function volumeName(dir: string): string {
	return createHash("sha256").update(resolve(dir)).digest("hex").slice(0, 40);
}

const askedSchema = z.object({ helper: z.string(), name: z.string() });

async function releaseAsked(dir: string): Promise<void> {
	const text = await readFile(join(dir, ASKED), "utf8").catch(() => "");
	if (!text.endsWith("}")) return; // cut short by a kill: nothing was asked yet
	const { helper, name } = askedSchema.parse(JSON.parse(text));
	await askQuotaHelper(helper, { op: "release", name });
}

/** Made by mkfs, and no output. A task may have made one of that name: that one belongs to the task's user. */
async function removeLostFound(path: string): Promise<void> {
	const owner = await lstat(path).then(({ uid }) => uid, no);
	if (owner === 0) await rmdir(path);
}

async function makeImage(image: string, limits: OutputLimits, uid: number): Promise<void> {
	await rm(image, { force: true });
	const inodes = limits.maxFiles + INODE_HEADROOM;
	const file = await open(image, "wx", 0o600);
	try {
		// Sparse: takes disk as the task writes, and can never take more than this.
		await file.truncate(
			limits.maxBytes +
				OUTPUT_HEADROOM_BYTES +
				OVERHEAD_BYTES +
				inodes * (256 + 4096) +
				Math.ceil(limits.maxBytes / 256),
		);
	} finally {
		await file.close();
	}
	const options = `lazy_itable_init=1,nodiscard,root_owner=${uid}:${uid}`;
	await run(
		"mkfs.ext4",
		["-q", "-F", "-m", "0", "-b", "4096", "-N", `${inodes}`, "-O", "^has_journal", "-E", options, image],
		{
			env: sbin(),
		},
	);
}

/** Unmounts, which detaches the loop device too, and deletes everything under `dir`. Safe to repeat. */
export async function releaseOutputs(dir: string): Promise<void> {
	await releaseAsked(dir);
	for (const mounted of await mountsUnder(dir)) await run("umount", [mounted], { env: sbin() });
	await rm(dir, { recursive: true, force: true });
}

/** Mount points at or below a directory, deepest last mounted first. */
export async function mountsUnder(dir: string): Promise<string[]> {
	const table = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
	return table
		.split("\n")
		.map((line) => unescapePath(line.split(" ")[4] ?? ""))
		.filter((point) => point === dir || point.startsWith(`${dir}/`))
		.reverse();
}

/** mountinfo writes space, tab, newline and backslash as octal. */
function unescapePath(path: string): string {
	return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** A service's PATH often lacks the sbin folders where mkfs and mount helpers live. */
export const sbin = () => ({ ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin:/usr/bin:/bin` });
const ok = () => true;
const no = () => false;
const message = (error: unknown) => (error instanceof Error ? error.message.trim() : String(error));
