import { readdirSync, readFileSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { mountsUnder } from "../../src/engine/outputVolume.ts";

/** What of a host no container may change, or leave something in. Equal before and after, whatever ran between. */
export type HostState = {
	hostname: string;
	kernel: Record<string, string>;
	modules: string[];
	swaps: string;
	/** Interfaces that are not an engine's. */
	interfaces: string[];
	/** The node's folder: files outside, and what is mounted or looped below. */
	files: Record<string, string>;
	mounts: string[];
	loops: string[];
	processes: string[];
	controlGroups: string[];
};

const KERNEL = ["core_pattern", "domainname", "modprobe", "randomize_va_space", "sysrq", "panic"];

/** @param ids containers that ran meanwhile: nothing may name them any more. */
export async function hostState(dir: string, ids: readonly string[]): Promise<HostState> {
	const inside = (path: string) => path.startsWith(`${dir}/`);
	return {
		hostname: hostname(),
		kernel: Object.fromEntries(KERNEL.map((name) => [name, text(`/proc/sys/kernel/${name}`)])),
		modules: text("/proc/modules")
			.split("\n")
			.map((line) => line.split(" ")[0] ?? ""),
		swaps: text("/proc/swaps"),
		interfaces: (await readdir("/sys/class/net")).filter((name) => !/^(veth|br-|docker)/.test(name)),
		files: await filesOf(dir),
		mounts: await mountsUnder(dir),
		loops: (await readdir("/sys/block")).map((name) => text(`/sys/block/${name}/loop/backing_file`)).filter(inside),
		processes: processesNaming(ids),
		controlGroups: await controlGroupsOf(ids),
	};
}

/** Since when this machine runs, by its clock, seconds since 1970: moves when somebody sets the clock. */
export function bootTime(): number {
	return Date.now() / 1000 - Number(text("/proc/uptime").split(" ")[0]);
}

/** Sum of the sizes of all files below a folder, in bytes; 0 when it cannot be read. */
export async function bytesBelow(dir: string): Promise<number> {
	const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
	const sizes = entries.filter((entry) => entry.isFile()).map((entry) => lstat(join(entry.parentPath, entry.name)));
	return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

async function filesOf(dir: string): Promise<Record<string, string>> {
	const names = (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
	return Object.fromEntries(names.sort().map((name) => [name, text(join(dir, name))]));
}

function processesNaming(ids: readonly string[]): string[] {
	if (ids.length === 0) return [];
	return readdirSync("/proc")
		.filter((pid) => /^\d+$/.test(pid))
		.flatMap((pid) => {
			const about = text(`/proc/${pid}/cgroup`) + text(`/proc/${pid}/cmdline`);
			return ids.some((id) => about.includes(id))
				? [`${pid} ${text(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`]
				: [];
		});
}

async function controlGroupsOf(ids: readonly string[]): Promise<string[]> {
	const parents = ["/sys/fs/cgroup/memory/docker", "/sys/fs/cgroup/docker", "/sys/fs/cgroup/system.slice"];
	const groups = await Promise.all(parents.map((path) => readdir(path).catch(() => [])));
	return groups.flat().filter((name) => ids.some((id) => name.includes(id)));
}

function text(path: string): string {
	try {
		return readFileSync(path, "utf8").trim();
	} catch {
		return "";
	}
}
