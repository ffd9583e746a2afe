import type { Step } from "./probeCode.ts";
import { SCRATCH_BYTES } from "./probeCode.ts";

/** What the canary's containers are limited to. Small, so that breaking a limit that is not there costs the host little. */
export const PROBE_LIMITS = { memoryMiB: 64, pids: 64, maxBytes: 2 ** 20, maxFiles: 64, tmpMiB: 64 };

/** Bits of the exit code of the probe `limits`; each says that something went through which must not. */
export const BROKEN = { pids: 1, bytes: 2, inodes: 4, network: 8 } as const;

/** What the probe `memory` exits with when nobody stopped it. */
export const MEMORY_NOT_LIMITED = 42;

/** What the probe `deaf` makes in its outputs once it ignores TERM. A signal that came before would prove nothing. */
export const DEAF_NOW = "deaf";

const AT_FDCWD = -100;
const SIGCHLD = 17;
const MIB = 2 ** 20;

const text = (value: string) => Buffer.from(`${value}\0`);

/** An address of the documentation range: connecting a datagram socket asks for a route and sends nothing. */
const NOWHERE = Buffer.from([2, 0, 0, 9, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
/** A `sigaction` that ignores the signal. */
const IGNORE = Buffer.alloc(32);
IGNORE.writeBigUInt64LE(1n, 0);

const waiting: Step = { forever: [{ call: "ppoll", args: [0, 0, 0, 0, 0] }] };

/** A program, and the data its steps name. */
export type Probe = { steps: Step[]; data: Record<string, Buffer> };

/** Programs of the canary's image by file name. */
export const canaryProbes: Record<string, Probe> = {
	limits: {
		data: { outputs: text("/outputs"), file: text("f"), directory: text("d"), nowhere: NOWHERE },
		steps: [
			{ call: "chdir", args: [{ data: "outputs" }] },
			// Created, write only. It takes its inode first: afterwards there is none left.
			{ call: "openat", args: [AT_FDCWD, { data: "file" }, 0o101, 0o644] },
			{ keep: true },
			// A directory in a directory in a directory: every one is an inode, and none needs a name of its own.
			{
				times: 4 * PROBE_LIMITS.maxFiles,
				bit: BROKEN.inodes,
				steps: [
					{ call: "mkdirat", args: [AT_FDCWD, { data: "directory" }, 0o755] },
					{ call: "chdir", args: [{ data: "directory" }] },
				],
			},
			{ times: 32, bit: BROKEN.bytes, steps: [{ call: "write", args: ["kept", "scratch", SCRATCH_BYTES] }] },
			{
				times: 2 * PROBE_LIMITS.pids,
				bit: BROKEN.pids,
				steps: [{ call: "clone", args: [SIGCHLD, 0, 0, 0, 0] }, { inChild: [waiting] }],
			},
			// AF_INET, SOCK_DGRAM
			{ call: "socket", args: [2, 2, 0] },
			{ call: "connect", args: ["result", { data: "nowhere" }, NOWHERE.length] },
			{ onSuccess: BROKEN.network },
			{ exit: true },
		],
	},
	// Each round maps a MiB and has the kernel write into it, up to three times the limit.
	memory: {
		data: {},
		steps: [
			{
				times: 3 * PROBE_LIMITS.memoryMiB,
				bit: MEMORY_NOT_LIMITED,
				steps: [
					{ call: "mmap", args: [0, MIB, 3, 0x22, -1, 0] }, // read and write; private, anonymous
					{ call: "getrandom", args: ["result", MIB, 0] },
				],
			},
			{ exit: true },
		],
	},
	deaf: {
		data: { ignore: IGNORE, ready: text(`/outputs/${DEAF_NOW}`) },
		steps: [
			{ call: "rt_sigaction", args: [15, { data: "ignore" }, 0, 8] },
			{ call: "mkdirat", args: [AT_FDCWD, { data: "ready" }, 0o755] },
			waiting,
		],
	},
};
