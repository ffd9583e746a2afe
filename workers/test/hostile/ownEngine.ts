import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { until } from "../until.ts";

/** A container engine of the test's own: stopping it or changing its settings troubles nobody. */
export type OwnEngine = { docker: Docker; socketPath: string; dataDir: string; pid: number; stop(): Promise<void> };

/** @param settings of its daemon.json, beside where everything lies. */
export async function startOwnEngine(settings: Record<string, unknown> = {}): Promise<OwnEngine> {
	const dir = await mkdtemp(join(tmpdir(), "depin-own-"));
	const at = (name: string) => join(dir, name);
	const socketPath = at("docker.sock");
	await mkdir(at("data"));
	const own = { "data-root": at("data"), "exec-root": at("exec"), pidfile: at("pid"), hosts: [`unix://${socketPath}`] };
	// Without networks of its own it leaves the machine's firewall alone.
	await writeFile(at("daemon.json"), JSON.stringify({ bridge: "none", iptables: false, ...own, ...settings }));
	const log = await open(at("log"), "a");
	const daemon = spawn("dockerd", ["--config-file", at("daemon.json")], { stdio: ["ignore", log.fd, log.fd] });
	await log.close();
	const docker = new Docker({ socketPath });
	await until("an engine of the test's own answers", async () => {
		if (daemon.exitCode !== null) throw new Error(`dockerd ended: ${(await readFile(at("log"), "utf8")).slice(-1000)}`);
		return docker.ping().then(
			() => true,
			() => false,
		);
	});
	return {
		docker,
		socketPath,
		dataDir: at("data"),
		pid: daemon.pid ?? 0,
		stop: async () => {
			await ended(daemon);
			await rm(dir, { recursive: true, force: true });
		},
	};
}

async function ended(daemon: ChildProcess): Promise<void> {
	const exit = new Promise((done) => daemon.once("exit", done));
	if (daemon.exitCode === null) daemon.kill("SIGTERM");
	else return;
	await exit;
}
