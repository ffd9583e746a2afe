import { execFile, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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
	stop(): Promise<void>;
};

const run = promisify(execFile);
const never = new AbortController().signal;

/**
 * A container engine of the test's own, with its state, socket and pid file in a folder of its own, so that a test may
 * configure or stop it without touching the machine's. Needs root and an installed dockerd.
 * @param config daemon.json
 * @param networks whether it can make networks; they end in its own namespace, from which nothing leads out
 */
export async function startOwnEngine(config: object = {}, networks = false): Promise<OwnEngine> {
	const dir = await mkdtemp(join(tmpdir(), "depin-engine-"));
	const socketPath = join(dir, "docker.sock");
	await writeFile(join(dir, "daemon.json"), JSON.stringify({ ...config, "data-root": join(dir, "data") }));
	await mkdir(join(dir, "exec"));
	const log = openSync(join(dir, "dockerd.log"), "w");
	const places = ["--exec-root", join(dir, "exec"), "--pidfile", join(dir, "pid"), "-H", `unix://${socketPath}`];
	const none = ["--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-masq=false"];
	const network = networks ? [] : none;
	// In a network namespace of its own: an engine that is told to have no bridge deletes docker0, whoever made it.
	const command = ["--net", "--", "dockerd", "--config-file", join(dir, "daemon.json"), ...places, ...network];
	const daemon = spawn("unshare", command, { stdio: ["ignore", log, log] });
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
		async stop() {
			daemon.kill("SIGTERM");
			await exited;
			// A container on the host's network leaves the namespace's handle mounted.
			for (const path of await mountsUnder(dir)) await run("umount", [path]);
			await rm(dir, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}

const answers = (docker: Docker) =>
	docker.ping().then(
		() => true,
		() => false,
	);
