import assert from "node:assert/strict";
import { test } from "node:test";
import { testPlan, testSpec } from "../../test/plan.ts";
import { createBody } from "./hostConfig.ts";
import { SECCOMP_PROFILE } from "./seccomp.ts";

const MIB = 2 ** 20;

test("default", () => {
	// The whole body, so that a field added, dropped or loosened shows up here.
	assert.deepEqual(createBody(testPlan({ spec: testSpec({ env: { SEED: "1" } }) }), []), {
		name: "depin-test-0-0",
		Image: `sha256:${"1".repeat(64)}`,
		Cmd: ["node", "-e", "0"],
		User: "65532:65532",
		Hostname: "depin",
		Env: [
			"SEED=1",
			"LD_PRELOAD",
			"LD_AUDIT",
			"HOME=/tmp",
			"DEPIN_OUTPUTS=/outputs",
			"DEPIN_TASK_INDEX=7",
			"DEPIN_CPUS=1",
			"NVIDIA_VISIBLE_DEVICES=void",
		],
		Labels: { "depin.node": "0x0000000000000000000000000000000000000001" },
		Healthcheck: { Test: ["NONE"] },
		AttachStdin: false,
		AttachStdout: false,
		AttachStderr: false,
		OpenStdin: false,
		Tty: false,
		NetworkDisabled: true,
		StopSignal: "SIGTERM",
		StopTimeout: 10,
		HostConfig: {
			Runtime: "runc",
			Privileged: false,
			CapAdd: [],
			CapDrop: ["ALL"],
			SecurityOpt: ["no-new-privileges:true", `seccomp=${SECCOMP_PROFILE}`],
			PidMode: "",
			UTSMode: "",
			UsernsMode: "",
			CgroupnsMode: "private",
			IpcMode: "none",
			ReadonlyRootfs: true,
			Tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=64m,nr_inodes=65536,mode=1777" },
			Mounts: [
				{
					Type: "bind",
					Source: "/var/lib/depin/jobs/a/outputs",
					Target: "/outputs",
					ReadOnly: false,
					BindOptions: { Propagation: "rprivate" },
				},
				{
					Type: "bind",
					Source: "/var/lib/depin/inputs/b",
					Target: "/inputs/data",
					ReadOnly: true,
					BindOptions: { Propagation: "rprivate" },
				},
			],
			Memory: 256 * MIB,
			MemorySwap: 256 * MIB,
			MemorySwappiness: 0,
			OomScoreAdj: 500,
			OomKillDisable: false,
			NanoCpus: 1e9,
			PidsLimit: 512,
			Ulimits: [
				{ Name: "nofile", Soft: 65536, Hard: 65536 },
				{ Name: "core", Soft: 0, Hard: 0 },
				{ Name: "fsize", Soft: 64 * MIB, Hard: 64 * MIB },
			],
			NetworkMode: "none",
			Dns: [],
			ExtraHosts: [],
			Links: [],
			PortBindings: {},
			PublishAllPorts: false,
			Devices: [],
			DeviceCgroupRules: [],
			DeviceRequests: [],
			LogConfig: { Type: "local", Config: { "max-size": "10m", "max-file": "1", compress: "false" } },
			RestartPolicy: { Name: "" },
			AutoRemove: false,
			Init: true,
			MaskedPaths: [
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
			],
			ReadonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
		},
	});
});

test("behavior: GPUs are asked for by UUID and named to the runtime", () => {
	const body = createBody(testPlan({ gpuUuids: ["GPU-a", "GPU-b"] }), []);
	assert.deepEqual(body.HostConfig?.DeviceRequests, [
		{ Driver: "nvidia", DeviceIDs: ["GPU-a", "GPU-b"], Capabilities: [["gpu", "compute", "utility"]] },
	]);
	assert.ok(body.Env?.includes("NVIDIA_VISIBLE_DEVICES=GPU-a,GPU-b"));
});

test("behavior: shared memory is private and bounded when asked for", () => {
	const spec = testSpec();
	const body = createBody(testPlan({ spec: { ...spec, resources: { ...spec.resources, shmMiB: 32 } } }), []);
	assert.equal(body.HostConfig?.IpcMode, "private");
	assert.equal(body.HostConfig?.ShmSize, 32 * MIB);
});

test("behavior: a volume the image declares becomes a bounded tmpfs unless we mount there ourselves", () => {
	const tmpfs = createBody(testPlan(), ["/data", "/outputs/", "/inputs/data"]).HostConfig?.Tmpfs;
	assert.deepEqual(Object.keys(tmpfs ?? {}), ["/tmp", "/data"]);
	assert.equal(tmpfs?.["/data"], tmpfs?.["/tmp"]);
});

test("behavior: /tmp may run programs only when the spec says so", () => {
	const spec = testSpec();
	const body = createBody(testPlan({ spec: { ...spec, resources: { ...spec.resources, tmpExec: true } } }), []);
	assert.match(body.HostConfig?.Tmpfs?.["/tmp"] ?? "", /^rw,exec,nosuid,nodev,/);
});

test("behavior: entrypoint and working directory of the spec win over the image's", () => {
	const body = createBody(testPlan({ spec: testSpec({ entrypoint: ["/bin/train"], workdir: "/work" }) }), []);
	assert.deepEqual(body.Entrypoint, ["/bin/train"]);
	assert.equal(body.WorkingDir, "/work");
});

test("behavior: a job with a network is connected to its proxy's and told so, and asks no name server", () => {
	const connection = { kind: "inner", network: "depin-a-net", proxy: "172.20.0.2" } as const;
	const { HostConfig, Env, NetworkDisabled } = createBody(testPlan({ connection }), []);
	assert.equal(NetworkDisabled, false);
	assert.equal(HostConfig?.NetworkMode, "depin-a-net");
	assert.deepEqual([HostConfig?.Dns, HostConfig?.ExtraHosts], [["127.0.0.1"], ["egress-proxy:172.20.0.2"]]);
	for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"])
		assert.ok(Env?.includes(`${name}=http://egress-proxy:3128`), name);
});

test("behavior: a proxy has the outside, nothing of the host, and forwards nothing", () => {
	const connection = { kind: "outer", network: "bridge", resolvers: ["192.0.2.53"] } as const;
	const { HostConfig } = createBody(testPlan({ connection, outputsDir: undefined, inputs: [] }), []);
	assert.deepEqual(
		[HostConfig?.NetworkMode, HostConfig?.Dns, HostConfig?.Mounts, HostConfig?.Sysctls],
		["bridge", ["192.0.2.53"], [], { "net.ipv4.ip_forward": "0" }],
	);
});
