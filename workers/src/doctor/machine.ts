import { access, constants, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { ContainerEngine } from "../engine/engine.ts";
import { quotaOf } from "../engine/outputVolume.ts";
import { runtimeOf, type Tier, tiers } from "../engine/tiers.ts";
import type { Trouble } from "./examine.ts";

const MIB = 2 ** 20;
/** Below this a node has no room for the smallest image and its job. */
const LEAST_DISK_MIB = 4096;
/** The first engine whose HostConfig has every field we set. */
const LEAST_ENGINE = [20, 10] as const;

/** Whether the folder, or where it will be made, can be written to and has room. */
export async function stateDirTrouble(stateDir: string): Promise<string | Trouble> {
	let dir = stateDir;
	while (!(await stat(dir).catch(() => undefined))) dir = dirname(dir);
	const writable = await access(dir, constants.W_OK).then(
		() => true,
		() => false,
	);
	if (!writable) {
		const user = process.getuid?.();
		return {
			cause: `user ${user} may not write to ${dir}`,
			fix: `sudo install -d -o ${user} ${stateDir}, or change stateDir.`,
		};
	}
	const { bavail, bsize, ffree, files } = await statfs(dir);
	const freeMiB = Math.floor((bavail * bsize) / MIB);
	if (freeMiB < LEAST_DISK_MIB || (files > 0 && ffree < 10_000))
		return {
			cause: `${dir} has ${freeMiB} MiB and ${ffree} files left`,
			fix: `Make room (docker image prune helps), or name a folder on a larger disk in stateDir.`,
		};
	return `${stateDir}, ${freeMiB} MiB free`;
}

export async function engineTrouble(engine: ContainerEngine, socket: string): Promise<string | Trouble> {
	const refused = await access(socket, constants.R_OK | constants.W_OK).then(
		() => undefined,
		(error: NodeJS.ErrnoException) => error.code,
	);
	if (refused === "EACCES")
		return {
			cause: `this user may not use ${socket}`,
			fix: "sudo usermod -aG docker $USER, then log in again. Members of that group are as good as root.",
		};
	if (refused === "ENOENT")
		return {
			cause: `there is no engine at ${socket}`,
			fix: "Install and start Docker (sudo apt-get install docker.io), or correct engine.socket.",
		};
	const info = await engine.info();
	const [major = 0, minor = 0] = info.version.split(".").map(Number);
	if (major < LEAST_ENGINE[0] || (major === LEAST_ENGINE[0] && minor < LEAST_ENGINE[1]))
		return { cause: `the engine is ${info.version}`, fix: `Upgrade Docker to ${LEAST_ENGINE.join(".")} or later.` };
	return `Docker ${info.version}, ${info.cpus} CPUs, ${info.memoryMiB} MiB`;
}

export async function tierTrouble(engine: ContainerEngine, wanted: Tier[] | undefined): Promise<string | Trouble> {
	const { runtimes } = await engine.info();
	const found = tiers.filter((tier) => runtimeOf(tier, runtimes) !== undefined);
	const missing = (wanted ?? []).filter((tier) => !found.includes(tier));
	if (missing.length > 0)
		return {
			cause: `the engine has no runtime for ${missing.join(" and ")}; it lists ${runtimes.join(", ")}`,
			fix: "Register runsc (gVisor) or kata in the engine's daemon.json and restart it, or take the tier out of tiers.",
		};
	if (found.length === 0) return { cause: "the engine lists no runtime we know", fix: "Install runc." };
	return `${found.join(", ")} (the canary tries at start whether their limits hold)`;
}

export async function quotaTrouble(quotaSocket: string): Promise<string | Trouble> {
	const quota = await quotaOf(quotaSocket);
	if (quota === "filesystem") return "by file systems of their own size";
	if (quota !== "polled") return `by the helper at ${quota.helper}`;
	if (process.getuid?.() === 0)
		return {
			cause: "mkfs.ext4, mount or /dev/loop-control is missing",
			fix: "sudo apt-get install e2fsprogs mount; in a container, give it loop devices.",
			warning: true,
		};
	return {
		cause: `not root, and no quota helper answers at ${quotaSocket}: a job could fill the disk, so every chain but a local one is refused`,
		fix: "Install the quota helper: docs/provider.md, step 4.",
		warning: true,
	};
}
