import { existsSync, readdirSync, readFileSync } from "node:fs";
import Docker from "dockerode";

/** What of a devnet can still be found on this machine; for tests of its end. Linux. */
export interface Remains {
	/** Command lines of processes that carry the mark in their environment. */
	processes: string[];
	/** Containers and volumes of nodes that have a folder of it mounted. */
	containers: string[];
	volumes: string[];
	/** Mount points and backing files of loop devices below the folder. */
	mounts: string[];
	loops: string[];
}

/**
 * @param mark an environment entry `NAME=value` that the devnet was started with: every process of it inherits that
 * @param stateDir the devnet's folder
 */
export async function remains(mark: string, stateDir: string): Promise<Remains> {
	const inside = (path: string) => path.startsWith(`${stateDir}/`);
	const docker = new Docker();
	const filters = { label: ["depin.node"] };
	const containers = await docker.listContainers({ all: true, filters });
	const { Volumes: volumes } = await docker.listVolumes({ filters });
	return {
		processes: readdirSync("/proc")
			.filter((pid) => /^\d+$/.test(pid))
			.flatMap((pid) => commandOf(pid, mark)),
		containers: containers.filter(({ Mounts }) => Mounts.some(({ Source }) => inside(Source))).map(({ Id }) => Id),
		volumes: (volumes ?? []).filter(({ Options }) => inside(Options?.device ?? "")).map(({ Name }) => Name),
		mounts: readFileSync("/proc/self/mounts", "utf8")
			.split("\n")
			.map((line) => line.split(" ")[1] ?? "")
			.filter(inside),
		loops: readdirSync("/sys/block").map(backingFile).filter(inside),
	};
}

function commandOf(pid: string, mark: string): string[] {
	try {
		if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(mark)) return [];
		const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
		return command === "" ? [] : [`${pid} ${command}`]; // without one it is a zombie
	} catch {
		return []; // ended meanwhile
	}
}

function backingFile(device: string): string {
	const path = `/sys/block/${device}/loop/backing_file`;
	return existsSync(path) ? readFileSync(path, "utf8").trim() : "";
}
