import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ensureEngine } from "../../../deploy/engine/ensure.ts";
import { ensureProbeImage } from "./canaryImage.ts";
import { dockerEngine } from "./docker.ts";
import type { Step } from "./probeCode.ts";
import { SECCOMP_PROFILE } from "./seccomp.ts";

const { docker, socketPath } = await ensureEngine(() => {});
const engine = dockerEngine({ socketPath });
const dir = await mkdtemp(join(tmpdir(), "depin-seccomp-"));
after(async () => {
	engine.close();
	await rm(dir, { recursive: true, force: true });
});

const CLONE_NEWUSER = 0x1000_0000;
const SIGCHLD = 17;

/** Calls that succeed for anybody where nothing filters them, one bit each. */
const refused: Record<string, Step & { call: unknown }> = {
	"make a user namespace (clone)": { call: "clone", args: [CLONE_NEWUSER + SIGCHLD, 0, 0, 0, 0] },
	"make a user namespace (unshare)": { call: "unshare", args: [CLONE_NEWUSER] },
	"switch off address randomisation (personality)": { call: "personality", args: [0x40000] },
	"use a keyring (keyctl)": { call: "keyctl", args: [0, -1, 1] },
	"queue calls past the filter (io_uring)": { call: "io_uring_setup", args: [1, "scratch"] },
	"handle page faults (userfaultfd)": { call: "userfaultfd", args: [1] },
};
const bit = (index: number) => 2 ** index;
const all = Object.keys(refused).reduce((sum, _, index) => sum | bit(index), 0);

const allowed: Record<string, Step & { call: unknown }> = {
	"local sockets": { call: "socket", args: [1, 1, 0] },
	IPv6: { call: "socket", args: [10, 2, 0] },
	"routing questions": { call: "socket", args: [16, 3, 0] },
	processes: { call: "clone", args: [SIGCHLD, 0, 0, 0, 0] },
};

const program = (steps: (Step & { call: unknown })[]): { steps: Step[]; data: Record<string, Buffer> } => ({
	data: {},
	// The child of a clone does its share of the rest and ends; only the parent's bits count.
	steps: [...steps.flatMap((step, index): Step[] => [step, { onSuccess: bit(index) }]), { exit: true }],
});

/** The bits of what went through. */
async function run(file: string, seccomp: string): Promise<number> {
	const probes = { refused: program(Object.values(refused)), allowed: program(Object.values(allowed)) };
	const Image = await ensureProbeImage(engine, probes, dir);
	const container = await docker.createContainer({
		Image,
		Cmd: [`/${file}`],
		User: "65532:65532",
		Labels: { "depin.test": "seccomp" },
		HostConfig: {
			NetworkMode: "none",
			CapDrop: ["ALL"],
			SecurityOpt: ["no-new-privileges:true", `seccomp=${seccomp}`],
		},
	});
	try {
		await container.start();
		return ((await container.wait()) as { StatusCode: number }).StatusCode;
	} finally {
		await container.remove({ force: true });
	}
}

const named = (bits: number, table: object) => Object.keys(table).filter((_, index) => (bits & bit(index)) !== 0);

test("default", async () => {
	assert.deepEqual(named(await run("refused", SECCOMP_PROFILE), refused), []);
});

test("behavior: without the profile those calls go through, so the test can fail", async () => {
	const bits = await run("refused", "unconfined");
	assert.ok(bits > 0 && bits <= all, `exit code ${bits}`);
	// What the kernel itself withholds from ordinary users differs from host to host; this much does not.
	const through = named(bits, refused);
	const name = "switch off address randomisation (personality)";
	assert.ok(through.includes(name), `${name} was not possible without the profile: ${through.join("; ")}`);
});

test("behavior: what ordinary programs need goes through", async () => {
	assert.deepEqual(named(await run("allowed", SECCOMP_PROFILE), allowed), Object.keys(allowed));
});

test("behavior: nothing that looks into other processes or moves between namespaces is named", () => {
	const { syscalls } = JSON.parse(SECCOMP_PROFILE) as { syscalls: { names: string[]; action: string }[] };
	const named = new Set(syscalls.filter(({ action }) => action === "SCMP_ACT_ALLOW").flatMap(({ names }) => names));
	const never =
		"ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd bpf perf_event_open mount umount2 pivot_root setns clone3";
	assert.deepEqual(
		never.split(" ").filter((name) => named.has(name)),
		[],
	);
});

test("behavior: families of sockets with a history are not among them", () => {
	const { syscalls } = JSON.parse(SECCOMP_PROFILE) as { syscalls: { names: string[]; args: { value: number }[] }[] };
	const families = syscalls.filter(({ names }) => names.includes("socket")).map(({ args }) => args[0]?.value);
	assert.deepEqual(families, [1, 2, 10, 16], "AF_ALG is 38, AF_VSOCK 40, AF_PACKET 17");
});
