import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type Docker from "dockerode";
import type { Address } from "viem";
import { identity } from "../setup/lock.js";
import { readRecord } from "./record.ts";

const run = promisify(execFile);

/**
 * Removes what a devnet in this folder left: processes, then its nodes' containers and volumes, then mounts and loop devices
 * below the folder. Each in turn, as the later ones are in use by the earlier.
 * @returns how many of them there were
 */
export async function removeLeftovers(stateDir: string, docker: Docker): Promise<number> {
	const left = readRecord(stateDir);
	if (left === undefined) return 0;
	const processes = await endProcesses(left.processes);
	const contained = await removeContained(docker, left.nodes);
	return processes + contained + (await releaseMounts(stateDir)) + (await releaseLoops(stateDir));
}

async function endProcesses(known: string[]): Promise<number> {
	const alive = known.filter((entry) => identity(Number(entry.split(" ")[0])) === entry);
	for (const entry of alive) {
		const pid = Number(entry.split(" ")[0]);
		// The group, as a service may have children; the leader is the very process we started, by its start time.
		process.kill(-pid, "SIGKILL");
		while (identity(pid) === entry) await sleep(20);
	}
	return alive.length;
}

/** Removes every container, network and volume that a node with one of these addresses made. */
export async function removeContained(docker: Docker, nodes: Address[]): Promise<number> {
	let count = 0;
	for (const node of nodes) {
		const filters = { label: [`depin.node=${node.toLowerCase()}`] };
		for (const { Id } of await docker.listContainers({ all: true, filters })) {
			await gone(docker.getContainer(Id).remove({ force: true, v: true }));
			count += 1;
		}
		for (const { Id } of await docker.listNetworks({ filters })) {
			await gone(docker.getNetwork(Id).remove());
			count += 1;
		}
		const { Volumes } = await docker.listVolumes({ filters });
		for (const { Name } of Volumes ?? []) {
			await gone(docker.getVolume(Name).remove({ force: true }));
			count += 1;
		}
	}
	return count;
}

/** Somebody else removing it first is as good. */
async function gone(removal: Promise<unknown>): Promise<void> {
	try {
		await removal;
	} catch (error) {
		const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
		if (status !== 404 && status !== 409) throw error;
	}
}

/** Unmounts what a node mounted below the folder, the deepest first. */
export async function releaseMounts(stateDir: string): Promise<number> {
	if (process.platform !== "linux") return 0;
	const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
	const points = mounts.map((line) => (line.split(" ")[1] ?? "").replaceAll("\\040", " "));
	const ours = points.filter((point) => point.startsWith(`${stateDir}/`)).sort((a, b) => b.length - a.length);
	for (const point of ours) await run("umount", ["--lazy", point]);
	return ours.length;
}

async function releaseLoops(stateDir: string): Promise<number> {
	if (!existsSync("/sys/block")) return 0;
	const devices = readdirSync("/sys/block").filter((name) => name.startsWith("loop"));
	const ours = devices.filter((name) => {
		const backing = `/sys/block/${name}/loop/backing_file`;
		return existsSync(backing) && readFileSync(backing, "utf8").startsWith(`${stateDir}/`);
	});
	for (const name of ours) await run("losetup", ["--detach", `/dev/${name}`]);
	return ours.length;
}
