import { posix } from "node:path";
import type { ContainerCreateOptions, DeviceRequest, HostConfig } from "dockerode";
import { PROXY_PORT } from "../egress/proxy/policy.ts";
import type { Connection, ContainerPlan } from "./engine.ts";
import { SECCOMP_PROFILE } from "./seccomp.ts";

const MIB = 1024 * 1024;

/**
 * Who everything in a container runs as, whatever the image says. A root node uses an id that owns nothing on the host;
 * a node that is not root must be able to read and delete what the container wrote, so it lends its own.
 */
export const CONTAINER_UID = process.getuid?.() || 65532;

/**
 * Room beyond the byte cap that the output volume really has. A task that writes too much then ends *over* the cap and
 * is told so, instead of failing somewhere inside with "no space left" exactly at it.
 */
export const OUTPUT_HEADROOM_BYTES = MIB;

/** The engine's own lists, which giving a list replaces, and what still tells a container about the host under runc. */
export const MASKED_PATHS = [
	"/proc/asound",
	"/proc/acpi",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/sys/firmware",
	"/sys/devices/virtual/powercap",
	"/proc/cmdline",
	"/proc/partitions",
	"/proc/config.gz",
	"/sys/class/dmi",
	"/sys/devices/virtual/dmi",
];
export const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/**
 * The body of the engine's create call for one task, whatever its tier: the single place where what a stranger's program
 * may do is written down. Tiers differ in the runtime alone; under a stronger one every limit below still stands.
 *
 * `imageVolumes`: paths the image declares as VOLUME. Each becomes a bounded tmpfs; left alone, the engine would make a
 * writable, uncapped volume on the host's disk for it.
 *
 * @example
 * const body = createBody(plan, []); // body.HostConfig.NetworkMode === "none"
 */
export function createBody(plan: ContainerPlan, imageVolumes: string[]): ContainerCreateOptions & { name: string } {
	const { spec } = plan;
	return {
		name: plan.name,
		Image: plan.imageId,
		...(spec.entrypoint && { Entrypoint: spec.entrypoint }),
		...(spec.command && { Cmd: spec.command }),
		...(spec.workdir && { WorkingDir: spec.workdir }),
		User: `${plan.uid}:${plan.uid}`,
		// A fixed name: a re-run elsewhere must be able to produce the same bytes.
		Hostname: "depin",
		Env: environment(plan),
		Labels: plan.labels,
		Healthcheck: { Test: ["NONE"] },
		AttachStdin: false,
		AttachStdout: false,
		AttachStderr: false,
		OpenStdin: false,
		Tty: false,
		NetworkDisabled: plan.connection === undefined,
		StopSignal: "SIGTERM",
		StopTimeout: 10,
		HostConfig: hostConfig(plan, imageVolumes),
	};
}

function hostConfig(plan: ContainerPlan, imageVolumes: string[]): HostConfig & { CgroupnsMode: string } {
	const { resources, outputs } = plan.spec;
	const memory = resources.memoryMiB * MIB;
	const largestFile = Math.max(outputs.maxBytes + OUTPUT_HEADROOM_BYTES, resources.tmpMiB * MIB);
	return {
		Runtime: plan.runtime,
		Privileged: false,
		CapAdd: [],
		CapDrop: ["ALL"],
		// Our seccomp profile, whatever the engine's age. Its AppArmor profile stays on where the host has it: naming none keeps it.
		SecurityOpt: ["no-new-privileges:true", `seccomp=${SECCOMP_PROFILE}`],
		PidMode: "",
		UTSMode: "",
		UsernsMode: "", // the engine's own mapping where it has one; never the host's users
		CgroupnsMode: "private",
		IpcMode: resources.shmMiB > 0 ? "private" : "none",
		...(resources.shmMiB > 0 && { ShmSize: resources.shmMiB * MIB }),
		ReadonlyRootfs: true,
		Tmpfs: tmpfs(plan, imageVolumes),
		Mounts: [
			...(plan.outputsDir === undefined ? [] : [bind(plan.outputsDir, "/outputs", false)]),
			...plan.inputs.map(({ source, path }) => bind(source, path, true)),
		],
		Memory: memory,
		MemorySwap: memory, // equal: no swap at all
		MemorySwappiness: 0,
		OomScoreAdj: 500, // the kernel takes a job before it takes the node
		OomKillDisable: false,
		NanoCpus: Math.round(resources.cpus * 1e9),
		PidsLimit: resources.pids,
		Ulimits: [
			{ Name: "nofile", Soft: plan.openFiles, Hard: plan.openFiles },
			{ Name: "core", Soft: 0, Hard: 0 },
			{ Name: "fsize", Soft: largestFile, Hard: largestFile },
		],
		...network(plan.connection),
		Links: [],
		PortBindings: {},
		PublishAllPorts: false,
		Devices: [],
		DeviceCgroupRules: [],
		DeviceRequests: gpuRequest(plan.gpuUuids),
		// With one file the driver refuses to compress; a flood of logs costs the host twice this and no more.
		LogConfig: { Type: "local", Config: { "max-size": "10m", "max-file": "1", compress: "false" } },
		RestartPolicy: { Name: "" },
		AutoRemove: false, // exit state and outputs are read from the stopped container
		Init: true, // reaps zombies and passes TERM on
		MaskedPaths: MASKED_PATHS,
		ReadonlyPaths: READONLY_PATHS,
	};
}

const bind = (source: string, target: string, readOnly: boolean) => ({
	Type: "bind" as const,
	Source: source,
	Target: target,
	ReadOnly: readOnly,
	BindOptions: { Propagation: "rprivate" as const },
});

/** What a job calls its proxy: the same on every node, though the address is not. */
export const PROXY_NAME = "egress-proxy";
/** Where a job's questions for names go: to itself. Before version 26 engines passed them on to the outside even here. */
export const NO_RESOLVER = "127.0.0.1";

/** A proxy stands in two networks and must not become a router between them. */
export const NO_FORWARDING = { "net.ipv4.ip_forward": "0" };

function network(connection: Connection | undefined): Partial<HostConfig> {
	if (connection === undefined) return { NetworkMode: "none", Dns: [], ExtraHosts: [] };
	const { network: NetworkMode } = connection;
	return connection.kind === "inner"
		? { NetworkMode, Dns: [NO_RESOLVER], ExtraHosts: [`${PROXY_NAME}:${connection.proxy}`] }
		: { NetworkMode, Dns: [...connection.resolvers], ExtraHosts: [], Sysctls: NO_FORWARDING };
}

/** Memory-backed, so it counts towards the memory limit as well as its own size. */
function tmpfs(plan: ContainerPlan, imageVolumes: string[]): Record<string, string> {
	const { tmpMiB, tmpExec } = plan.spec.resources;
	const options = `rw,${tmpExec ? "exec" : "noexec"},nosuid,nodev,size=${tmpMiB}m,nr_inodes=65536,mode=1777`;
	const mounted = new Set(["/outputs", ...plan.inputs.map((input) => input.path)]);
	const volumes = imageVolumes.map((path) => posix.resolve("/", path)).filter((path) => !mounted.has(path));
	return Object.fromEntries(["/tmp", ...volumes].map((path) => [path, options]));
}

/** GPUs by UUID, never by count or index: "any one" would hand out a card another tenant holds. */
function gpuRequest(uuids: string[]): DeviceRequest[] {
	if (uuids.length === 0) return [];
	return [{ Driver: "nvidia", DeviceIDs: uuids, Capabilities: [["gpu", "compute", "utility"]] }];
}

/** Job first, ours last. A name without a value takes the image's own value away. */
function environment(plan: ContainerPlan): string[] {
	return [
		...Object.entries(plan.spec.env).map(([name, value]) => `${name}=${value}`),
		"LD_PRELOAD",
		"LD_AUDIT",
		"HOME=/tmp",
		"DEPIN_OUTPUTS=/outputs",
		`DEPIN_TASK_INDEX=${plan.taskIndex}`,
		`DEPIN_CPUS=${plan.spec.resources.cpus}`,
		...(plan.connection?.kind === "inner" ? proxyVariables() : []),
		// Where NVIDIA's runtime is the default, an image could otherwise ask for every card by itself.
		`NVIDIA_VISIBLE_DEVICES=${plan.gpuUuids.length > 0 ? plan.gpuUuids.join(",") : "void"}`,
	];
}

/** Under every name that programs look for. */
function proxyVariables(): string[] {
	const url = `http://${PROXY_NAME}:${PROXY_PORT}`;
	const names = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
	return [...names.map((name) => `${name}=${url}`), "NO_PROXY=", "no_proxy="];
}
