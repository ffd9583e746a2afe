import type { JobSpec } from "depin/jobs";
import type { ContainerPlan } from "../src/engine/engine.ts";

/** A resolved spec with the defaults a reader of the spec reference would expect, for tests to change a field of. */
export function testSpec(changes: Partial<JobSpec> = {}): JobSpec {
	return {
		version: 1,
		image: `repo.example/image@sha256:${"0".repeat(64)}`,
		command: ["node", "-e", "0"],
		env: {},
		inputs: [],
		outputs: { maxBytes: 16 * 2 ** 20, maxFiles: 100 },
		resources: { cpus: 1, memoryMiB: 256, gpus: 0, pids: 512, shmMiB: 0, tmpMiB: 64, tmpExec: false },
		tier: "container",
		timeout: 60,
		network: "none",
		match: "exact",
		confidential: "none",
		...changes,
	};
}

export function testPlan(changes: Partial<ContainerPlan> = {}): ContainerPlan {
	return {
		name: "depin-test-0-0",
		labels: { "depin.node": "0x0000000000000000000000000000000000000001" },
		imageId: `sha256:${"1".repeat(64)}`,
		spec: testSpec(),
		taskIndex: 7,
		outputsDir: "/var/lib/depin/jobs/a/outputs",
		inputs: [{ path: "/inputs/data", source: "/var/lib/depin/inputs/b" }],
		gpuUuids: [],
		openFiles: 65536,
		uid: 65532,
		runtime: "runc",
		...changes,
	};
}
