import assert from "node:assert/strict";
import { type Attack, asRootWith, attempt, calls, withHost, withoutLimit } from "../attack.ts";
import { SYS } from "../program.ts";

const MIB = 2 ** 20;
/** Control groups decide. */
const tiers = ["container"] as const;
/** read | write, private | anonymous | populated at once */
const TAKE_MEMORY = { call: SYS.mmap, args: [0, 400 * MIB, 3, 0x8022, -1, 0] };
const EAGAIN = 11;
const KILLED = 137;

const fill = (path: string) =>
	attempt(`
		const fs = require("fs");
		for (let i = 0; i < 50; i++) fs.writeFileSync("${path}/" + i, Buffer.alloc(4 << 20, 1));
		return true;
	`);
const outOfMemory: Attack["held"] = ({ reason }) => assert.equal(reason, "oom");

/** Taking more of the machine than was paid for. */
export const resources: Attack[] = [
	{
		name: "fork bomb",
		runs: calls(...Array.from({ length: 500 }, () => ({ fork: true as const }))),
		stoppedBy: "process limit",
		tiers,
		spec: { resources: { pids: 64 } },
		held: ({ state }) => assert.equal(state.exitCode, EAGAIN),
		off: withHost({ PidsLimit: 0 }),
	},
	{
		name: "takes memory",
		runs: calls(TAKE_MEMORY),
		stoppedBy: "memory limit",
		tiers,
		spec: { resources: { memoryMiB: 96 } },
		held: outOfMemory,
		off: withHost({ Memory: 0, MemorySwap: 0 }),
	},
	{
		name: "takes memory through /tmp",
		runs: fill("/tmp"),
		stoppedBy: "size of the memory disk",
		spec: { resources: { memoryMiB: 192 } },
		held: ({ log }) => assert.match(log, /ENOSPC/),
		off: withHost({ Tmpfs: { "/tmp": "rw,size=1g,mode=1777" } }),
		secondControl: "memory limit",
		proven: outOfMemory,
	},
	{
		name: "takes memory through /dev/shm",
		runs: fill("/dev/shm"),
		stoppedBy: "no shared memory unless asked for",
		tiers,
		spec: { resources: { memoryMiB: 128 } },
		off: withHost({ IpcMode: "private", ShmSize: 1024 * MIB }),
		secondControl: "memory limit",
		proven: outOfMemory,
	},
	{
		name: "takes every processor",
		// What it wants is never to have been held back; how much it got would depend on who else is busy.
		runs: attempt(`
			const { Worker } = require("worker_threads");
			for (let i = 0; i < 2; i++) new Worker("for (;;);", { eval: true });
			await new Promise((done) => setTimeout(done, 1000));
			const groups = ["/sys/fs/cgroup/cpu/cpu.stat", "/sys/fs/cgroup/cpu,cpuacct/cpu.stat", "/sys/fs/cgroup/cpu.stat"];
			const stat = groups.find(require("fs").existsSync);
			const throttled = /nr_throttled (\\d+)/.exec(require("fs").readFileSync(stat, "utf8"));
			return Number(throttled?.[1] ?? 0) === 0;
		`),
		stoppedBy: "processor quota",
		tiers,
		spec: { resources: { cpus: 0.1 } },
		off: withHost({ NanoCpus: 0 }),
	},
	{
		name: "opens 5,000 files",
		runs: attempt(`for (let i = 0; i < 5000; i++) require("fs").openSync("/etc/passwd"); return true;`),
		stoppedBy: "open files limit",
		held: ({ log }) => assert.match(log, /EMFILE/),
		off: ({ body }) => {
			body.HostConfig.Ulimits = [{ Name: "nofile", Soft: 8192, Hard: 8192 }];
		},
	},
	{
		name: "raises its own priority",
		runs: calls({ call: SYS.setpriority, args: [0, 0, -20] }),
		stoppedBy: "no capabilities",
		tiers,
		off: asRootWith("SYS_NICE"),
	},
	{
		name: "asks for the disk before everybody else",
		runs: calls({ call: SYS.ioprioSet, args: [1, 0, 1 << 13] }),
		stoppedBy: "no capabilities",
		tiers,
		off: asRootWith("SYS_NICE", "SYS_ADMIN"),
	},
	{
		name: "never ends",
		runs: "setInterval(() => {}, 1000)",
		stoppedBy: "timeout",
		spec: { timeout: 1 },
		held: ({ reason }) => assert.equal(reason, "timeout"),
		off: ({ body }) => {
			body.StopSignal = "SIGCONT"; // the timeout's TERM does nothing
		},
		secondControl: "KILL after the grace",
		proven: ({ reason, state }) => assert.deepEqual([reason, state.exitCode], ["timeout", KILLED]),
	},
	{
		name: "ignores TERM",
		runs: `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)`,
		stoppedBy: "KILL after the grace",
		tiers,
		spec: { timeout: 1 },
		held: ({ reason, state }) => assert.deepEqual([reason, state.exitCode], ["timeout", KILLED]),
		off: withHost({ Init: false }),
		secondControl: "KILL reaches a first process too",
		proven: ({ state }) => assert.equal(state.exitCode, KILLED),
	},
	{
		name: "leaves a daemon behind",
		runs: `require("child_process")
			.spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" }).unref()`,
		stoppedBy: "process namespace ends with its first process",
		held: ({ reason }) => assert.equal(reason, "ok"),
		off: withHost({ PidMode: "host" }),
		secondControl: "the engine kills what is left in the control group",
		proven: ({ reason }) => assert.equal(reason, "ok"),
	},
	{
		name: "floods the log with lines",
		runs: `const line = "x".repeat(1023) + "\\n"; for (let i = 0; i < 40_000; i++) require("fs").writeSync(1, line)`,
		stoppedBy: "log of at most 10 MiB, of which 1 MiB is kept",
		held: flooded,
		off: withHost({ LogConfig: { Type: "json-file", Config: {} } }),
		proven: ({ logBytesOnHost }) => assert.ok(logBytesOnHost > 35 * MIB, `${logBytesOnHost} bytes of log`),
	},
	{
		name: "floods the log with one endless line of escapes",
		runs: `const part = "\\x1b]0;owned\\x07\\x1b[2J".repeat(4096); for (let i = 0; i < 600; i++) require("fs").writeSync(1, part)`,
		stoppedBy: "log of at most 10 MiB, of which 1 MiB is kept",
		held: flooded,
		off: withHost({ LogConfig: { Type: "json-file", Config: {} } }),
		proven: ({ logBytesOnHost }) => assert.ok(logBytesOnHost > 35 * MIB, `${logBytesOnHost} bytes of log`),
	},
	{
		name: "one file of 5 GiB that is all hole",
		runs: attempt(`
			const fs = require("fs");
			fs.writeFileSync("/outputs/hole", "x");
			fs.truncateSync("/outputs/hole", 5 * 2 ** 30);
			return true;
		`),
		stoppedBy: "file size limit",
		off: withoutLimit("fsize"),
		secondControl: "collector counts holes as data",
		proven: ({ reason }) => assert.equal(reason, "output-bytes-exceeded"),
		tiers,
	},
];

function flooded({ reason, logTruncated, logBytes, logBytesOnHost }: Parameters<NonNullable<Attack["held"]>>[0]): void {
	assert.equal(reason, "ok");
	assert.ok(logTruncated && logBytes <= MIB, `${logBytes} bytes kept`);
	assert.ok(logBytesOnHost < 21 * MIB, `${logBytesOnHost} bytes on the host`);
}
