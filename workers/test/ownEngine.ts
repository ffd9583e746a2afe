import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import Docker from "dockerode";
import { mountsUnder } from "../src/engine/outputVolume.ts";
import { sleep } from "../src/runtime/loop.ts";

export type OwnEngine = {
	docker: Docker;
	socketPath: string;
	/** Of the daemon: its network namespace is the engine's. */
	pid: number;
	/** For jobs' folders: what is mounted below it, the engine sees. */
	jobsDir: string;
	stop(): Promise<void>;
};

/** The first of the user ids that an engine with user namespaces gives its containers. */
export const FIRST_UID = 200_000;

const run = promisify(execFile);
const never = new AbortController().signal;

/**
 * A container engine of the test's own, with its state, socket and pid file in a folder of its own, so that a test may
 * configure or stop it without touching the machine's. Needs root and an installed dockerd.
 * @param config daemon.json
 * @param networks whether it can make networks; they end in its own namespace, from which nothing leads out
 * @param mapsUsers whether containers get users of their own: with the ranges of ids in a view of /etc that only this engine has
 */
export async function startOwnEngine(config: object = {}, networks = false, mapsUsers = false): Promise<OwnEngine> {
	const dir = await mkdtemp(join(tmpdir(), "depin-engine-"));
	const jobsDir = join(dir, "jobs");
	await mkdir(jobsDir);
	const socketPath = join(dir, "docker.sock");
	const mapping = mapsUsers ? { "userns-remap": "nobody:nogroup" } : {};
	await writeFile(join(dir, "daemon.json"), JSON.stringify({ ...config, ...mapping, "data-root": join(dir, "data") }));
	await mkdir(join(dir, "exec"));
	const log = openSync(join(dir, "dockerd.log"), "w");
	const places = ["--exec-root", join(dir, "exec"), "--pidfile", join(dir, "pid"), "-H", `unix://${socketPath}`];
	const none = ["--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-masq=false"];
	const network = networks ? [] : none;
	// In a network namespace of its own: an engine that is told to have no bridge deletes docker0, whoever made it.
	const command = ["--net", "--", "dockerd", "--config-file", join(dir, "daemon.json"), ...places, ...network];
	const daemon = mapsUsers
		? await spawnMapping(dir, jobsDir, command.slice(2), log)
		: spawn("unshare", command, { stdio: ["ignore", log, log] });
	closeSync(log);
	const exited = new Promise((resolve) => daemon.once("exit", resolve).once("error", resolve));
	const docker = new Docker({ socketPath });
	for (let tries = 0; ; tries += 1) {
		if (await answers(docker)) break;
		if (daemon.exitCode !== null || tries > 600)
			throw new Error(`dockerd does not start: ${(await readFile(join(dir, "dockerd.log"), "utf8")).slice(-800)}`);
		await sleep(100, never);
	}
	return {
		docker,
		socketPath,
		pid: daemon.pid ?? 0,
		jobsDir,
		async stop() {
			daemon.kill("SIGTERM");
			await exited;
			// A container on the host's network leaves the namespace's handle mounted.
			for (const path of await mountsUnder(dir)) await run("umount", [path]);
			await rm(dir, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}

/** In a mount namespace that hears what is mounted for jobs, and in which files of /etc give away the ranges of ids. */
async function spawnMapping(dir: string, jobsDir: string, daemon: string[], log: number): Promise<ChildProcess> {
	await chmod(dir, 0o711);
	const mounts = ["subuid", "subgid"].map(async (name) => {
		await writeFile(join(dir, name), `nobody:${FIRST_UID}:65536\n`);
		return `mount --bind ${join(dir, name)} /etc/${name}`;
	});
	const shared = `mount --bind ${jobsDir} ${jobsDir} && mount --make-shared ${jobsDir}`;
	if (spawnSync("sh", ["-c", shared]).status !== 0) throw new Error(`cannot mount ${jobsDir}`);
	const script = `${(await Promise.all(mounts)).join(" && ")} && exec "$@"`;
	const inside = ["--net", "--mount", "--propagation", "slave", "--", "sh", "-c", script, "sh", ...daemon];
	return spawn("unshare", inside, { stdio: ["ignore", log, log] });
}

const answers = (docker: Docker) =>
	docker.ping().then(
		() => true,
		() => false,
	);
