import { type Attack, asRootWith, calls, withoutFilter } from "../attack.ts";
import { SYS } from "../program.ts";

const FILTER = "system call filter";
const zeros = (length: number) => ({ bytes: new Uint8Array(length) });

/** Calls that reach much of the kernel and that no job of ours needs. */
export const kernel: Attack[] = [
	{
		name: "keeps a key in the kernel",
		runs: calls({ call: SYS.addKey, args: [{ text: "user" }, { text: "k" }, { text: "v" }, 1, -3] }),
		stoppedBy: FILTER,
		tiers: ["container"],
		off: withoutFilter,
	},
	{
		name: "asks for the session's keys",
		runs: calls({ call: SYS.keyctl, args: [0, -3, 1] }),
		stoppedBy: FILTER,
		tiers: ["container"],
		off: withoutFilter,
	},
	{
		name: "traces a process (ptrace)",
		runs: calls({ call: SYS.ptrace, args: [0, 0, 0, 0] }),
		stoppedBy: FILTER,
		tiers: ["container"],
		off: withoutFilter,
	},
	{
		name: "reads another process's memory (process_vm_readv)",
		// Its own number is not known to it, so it reads nothing of the first process: the call itself is what counts.
		runs: calls({ call: SYS.processVmReadv, args: [1, 0, 0, 0, 0, 0] }),
		stoppedBy: FILTER,
		tiers: ["container"],
		off: withoutFilter,
	},
	{
		name: "opens an io_uring",
		runs: calls({ call: SYS.ioUringSetup, args: [4, zeros(120)] }),
		stoppedBy: FILTER,
		tiers: ["container"],
		off: withoutFilter,
	},
	{
		name: "takes page faults into its own hands (userfaultfd)",
		runs: calls({ call: SYS.userfaultfd, args: [1] }),
		stoppedBy: FILTER,
		tiers: ["container"],
		off: withoutFilter,
	},
	{
		name: "loads a program into the kernel (bpf)",
		runs: calls({ call: SYS.bpf, args: [0, { bytes: bpfMap() }, 72] }),
		stoppedBy: `${FILTER}, no capabilities`,
		tiers: ["container"],
		off: asRootWith("SYS_ADMIN"),
	},
	{
		name: "measures the host's processors (perf)",
		runs: calls({ call: SYS.perfEventOpen, args: [{ bytes: perfAttributes() }, 0, -1, -1, 0] }),
		stoppedBy: `${FILTER}, no capabilities`,
		tiers: ["container"],
		off: asRootWith("SYS_ADMIN"),
	},
	{
		name: "loads a kernel module",
		runs: calls({ call: SYS.initModule, args: [zeros(64), 64, { text: "" }] }),
		stoppedBy: `${FILTER}, no capabilities`,
		off: asRootWith("SYS_MODULE"),
		secondControl: "the kernel checks the module's form",
	},
	{
		name: "swaps to a device",
		runs: calls({ call: SYS.swapon, args: [{ text: "/outputs" }, 0] }),
		stoppedBy: `${FILTER}, no capabilities`,
		off: asRootWith("SYS_ADMIN"),
		secondControl: "a folder is no device",
	},
	{
		name: "turns off address randomisation (personality)",
		runs: calls({ call: SYS.personality, args: [0x0040000] }),
		stoppedBy: FILTER,
		tiers: ["container"],
		off: withoutFilter,
	},
];

/** BPF_MAP_CREATE of a small array. */
function bpfMap(): Uint8Array {
	const attributes = Buffer.alloc(72);
	for (const [index, value] of [2, 4, 4, 1].entries()) attributes.writeUInt32LE(value, index * 4);
	return attributes;
}

/** PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK. */
function perfAttributes(): Uint8Array {
	const attributes = Buffer.alloc(112);
	attributes.writeUInt32LE(1, 0);
	attributes.writeUInt32LE(112, 4);
	return attributes;
}
