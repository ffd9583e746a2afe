import assert from "node:assert/strict";
import { type Attack, asRootWith, attempt, calls, withHost, withoutFilter } from "../attack.ts";
import { SYS } from "../program.ts";
import type { Seen } from "../runAttack.ts";

const CLONE_NEWUSER = 0x10000000;
const open = (path: string, flags = 0) => ({ call: SYS.open, args: [{ text: path }, flags, 0o600] });

/** Becoming more than an unprivileged process in its own namespaces. */
export const privileges: Attack[] = [
	{
		name: "set-user-id program in the image",
		runs: calls({ call: SYS.setuid, args: [0] }),
		mode: 0o4755,
		stoppedBy: "no new privileges",
		tiers: ["container"],
		off: withHost({ SecurityOpt: [], CapDrop: [] }),
	},
	{
		name: "becomes root",
		runs: calls({ call: SYS.setuid, args: [0] }),
		stoppedBy: "no capabilities",
		off: asRootWith("SETUID"),
	},
	{
		name: "makes a block device",
		runs: calls({ call: SYS.mknod, args: [{ text: "/outputs/device" }, 0o60666, 0x0700] }),
		stoppedBy: "no capabilities",
		tiers: ["container"],
		off: asRootWith("MKNOD"),
		secondControl: "no use on a nodev volume, and the collector refuses devices",
		proven: ({ reason, state }) => assert.deepEqual([state.exitCode, reason], [0, "output-refused"]),
	},
	{
		name: "mounts a file system",
		runs: calls({ call: SYS.mount, args: [{ text: "none" }, { text: "/tmp" }, { text: "tmpfs" }, 0, 0] }),
		stoppedBy: "no capabilities, system call filter",
		off: asRootWith("SYS_ADMIN"),
	},
	{
		name: "remounts its root writable",
		runs: calls({ call: SYS.mount, args: [{ text: "none" }, { text: "/" }, { text: "" }, 0x20 | 0x1000, 0] }),
		stoppedBy: "no capabilities, system call filter",
		tiers: ["container"],
		off: asRootWith("SYS_ADMIN"),
	},
	{
		name: "unmounts what hides the host",
		runs: calls({ call: SYS.umount, args: [{ text: "/proc/sys" }, 2] }),
		stoppedBy: "no capabilities, system call filter",
		tiers: ["container"],
		off: asRootWith("SYS_ADMIN"),
	},
	{
		name: "changes its root directory",
		runs: calls({ call: SYS.chroot, args: [{ text: "/tmp" }] }),
		stoppedBy: "no capabilities, system call filter",
		off: asRootWith("SYS_CHROOT"),
	},
	{
		name: "makes a user namespace",
		runs: calls({ call: SYS.unshare, args: [CLONE_NEWUSER] }),
		stoppedBy: "system call filter",
		tiers: ["container"],
		off: withoutFilter,
	},
	{
		name: "clones into a user namespace",
		runs: calls({ call: SYS.clone, args: [CLONE_NEWUSER | 17, 0, 0, 0, 0] }),
		stoppedBy: "system call filter",
		tiers: ["container"],
		off: withoutFilter,
	},
	{
		name: "joins the namespaces of process 1",
		runs: calls(open("/proc/1/ns/uts"), { call: SYS.setns, args: [{ result: 0 }, 0] }),
		stoppedBy: "no capabilities, system call filter",
		tiers: ["container"],
		off: asRootWith("SYS_ADMIN", "SYS_PTRACE"),
		secondControl: "process 1 is the container's own",
		proven: joinedItself,
	},
	{
		name: "sets the host name",
		runs: calls({ call: SYS.sethostname, args: [{ text: "owned" }, 5] }),
		stoppedBy: "no capabilities, system call filter",
		off: asRootWith("SYS_ADMIN"),
		secondControl: "the name is the container's own",
		proven: joinedItself,
	},
	{
		name: "sets the clock",
		// Neither time nor zone given: asks for the right alone, so that a proof does not turn the machine's clock.
		runs: calls({ call: SYS.settimeofday, args: [0, 0] }),
		stoppedBy: "no capabilities, system call filter",
		tiers: ["container"],
		off: asRootWith("SYS_TIME"),
	},
	{
		name: "reads the kernel's log",
		runs: calls({ call: SYS.syslog, args: [3, { bytes: new Uint8Array(256) }, 256] }),
		stoppedBy: "no capabilities, system call filter",
		tiers: ["container"],
		off: asRootWith("SYSLOG"),
	},
	{
		name: "runs a program it brought into /tmp",
		runs: attempt(`
			const fs = require("fs");
			fs.copyFileSync(process.execPath, "/tmp/program");
			fs.chmodSync("/tmp/program", 0o755);
			return require("child_process").spawnSync("/tmp/program", ["-e", "0"]).status === 0;
		`),
		stoppedBy: "noexec",
		spec: { resources: { memoryMiB: 512, tmpMiB: 256 } },
		off: withHost({ Tmpfs: { "/tmp": "rw,exec,size=256m,mode=1777" } }),
	},
	{
		name: "writes over the runtime's own program",
		runs: attempt(`const fs = require("fs"); fs.openSync("/proc/1/exe", "r+"); return true;`),
		stoppedBy: "unprivileged user",
		off: asRootWith("DAC_OVERRIDE"),
		secondControl: "a running program cannot be written",
	},
];

/** The call works, and the host is as before, which every trial checks. */
function joinedItself({ state }: Seen): void {
	assert.equal(state.exitCode, 0);
}
