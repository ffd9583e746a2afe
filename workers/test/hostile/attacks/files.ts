import { type Attack, asRootWith, attempt, withHost } from "../attack.ts";

const write = (path: string, text: string) =>
	attempt(`require("fs").writeFileSync("${path}", "${text}"); return true;`);
const read = (...paths: string[]) =>
	attempt(`
		const fs = require("fs");
		const open = (path) => { const fd = fs.openSync(path); const bytes = Buffer.alloc(64); const n = fs.readSync(fd, bytes); fs.closeSync(fd); return n; };
		let last; for (const path of ${JSON.stringify(paths)}) { try { if (open(path) > 0) return path; } catch (error) { last = error; } }
		if (last) throw last;
	`);

/** Reaching files of the host, of the kernel, or of the image. */
export const files: Attack[] = [
	{
		name: "writes to its root",
		runs: write("/owned", "x"),
		stoppedBy: "read-only root",
		off: withHost({ ReadonlyRootfs: false }),
		secondControl: "unprivileged user",
	},
	{
		name: "changes an input",
		runs: write("/inputs/data", "owned"),
		stoppedBy: "read-only mount",
		off: ({ body }) => {
			for (const mount of body.HostConfig.Mounts ?? []) mount.ReadOnly = false;
		},
		secondControl: "inputs belong to the node's user",
	},
	{
		name: "replaces its output directory by a link",
		runs: attempt(
			`const fs = require("fs"); fs.rmdirSync("/outputs"); fs.symlinkSync("/etc", "/outputs"); return true;`,
		),
		stoppedBy: "read-only root",
		off: withHost({ ReadonlyRootfs: false }),
		secondControl: "a mount point cannot be removed",
	},
	{
		name: "triggers a system request",
		runs: write("/proc/sysrq-trigger", "h"),
		stoppedBy: "read-only kernel files",
		tiers: ["container"],
		off: withHost({ ReadonlyPaths: [] }),
		secondControl: "unprivileged user",
	},
	{
		name: "has crashes run a program of its own (core_pattern)",
		runs: write("/proc/sys/kernel/core_pattern", "|/outputs/owned"),
		stoppedBy: "read-only kernel files",
		off: withHost({ ReadonlyPaths: [] }),
		secondControl: "unprivileged user",
	},
	{
		name: "writes to /sys",
		runs: write("/sys/kernel/uevent_helper", "/outputs/owned"),
		stoppedBy: "unprivileged user",
		off: asRootWith("DAC_OVERRIDE"),
		secondControl: "read-only /sys",
	},
	{
		name: "makes a control group of its own",
		runs: attempt(`require("fs").mkdirSync("/sys/fs/cgroup/pids/owned"); return true;`),
		stoppedBy: "unprivileged user",
		tiers: ["container"],
		off: asRootWith("DAC_OVERRIDE"),
		secondControl: "read-only control groups",
	},
	{
		name: "reads what the kernel says of the host",
		runs: read("/proc/kcore", "/proc/keys", "/proc/partitions", "/proc/cmdline", "/sys/class/dmi/id/product_serial"),
		stoppedBy: "masked paths",
		tiers: ["container"],
		off: withHost({ MaskedPaths: [] }),
	},
	{
		name: "looks for the engine's socket",
		runs: attempt(`
			const { existsSync } = require("fs");
			return ["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/var/run/docker/containerd/containerd.sock"].find((path) => existsSync(path));
		`),
		stoppedBy: "nothing of the host is mounted",
		off: ({ body }) => {
			const socket = "/var/run/docker.sock";
			body.HostConfig.Mounts?.push({ Type: "bind", Source: socket, Target: socket });
		},
		tiers: ["container"],
	},
	{
		name: "reads another job's secrets (/proc)",
		runs: attempt(`
			const fs = require("fs");
			for (const pid of fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name))) {
				try { if (fs.readFileSync("/proc/" + pid + "/environ", "latin1").includes("BYSTANDER_SECRET")) return pid; } catch {}
			}
		`),
		stoppedBy: "process namespace",
		tiers: ["container"],
		off: withHost({ PidMode: "host" }),
	},
	{
		name: "kills another job's processes",
		runs: attempt(`
			const others = require("fs").readdirSync("/proc").map(Number).filter((pid) => pid > 1 && pid !== process.pid);
			return others.find((pid) => { try { return process.kill(pid, 0); } catch {} });
		`),
		stoppedBy: "process namespace",
		tiers: ["container"],
		off: withHost({ PidMode: "host" }),
	},
];
