import { existsSync, readdirSync, readFileSync } from "node:fs";
import type Docker from "dockerode";
import type { Address } from "viem";

/** Everything outside its own files that a node may leave on a machine. Empty when it left nothing. */
export async function leftovers(docker: Docker, stateDir: string, nodes: readonly Address[]): Promise<string[]> {
	const found: string[] = [];
	for (const node of nodes) {
		const filters = { label: [`depin.node=${node.toLowerCase()}`] };
		for (const { Names } of await docker.listContainers({ all: true, filters }))
			found.push(`container ${Names.join()}`);
		for (const { Name } of await docker.listNetworks({ filters })) found.push(`network ${Name}`);
		for (const { Name } of (await docker.listVolumes({ filters })).Volumes ?? []) found.push(`volume ${Name}`);
	}
	const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
	for (const line of mounts) if (line.split(" ")[1]?.startsWith(`${stateDir}/`)) found.push(`mount ${line}`);
	for (const name of existsSync("/sys/block") ? readdirSync("/sys/block") : []) {
		const backing = `/sys/block/${name}/loop/backing_file`;
		if (existsSync(backing) && readFileSync(backing, "utf8").startsWith(`${stateDir}/`))
			found.push(`loop device ${name}`);
	}
	return found;
}
