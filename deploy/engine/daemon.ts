import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { command } from "../setup/command.ts";
import { SetupFailure } from "../setup/failure.js";
import { identity } from "../setup/lock.js";

const ROOT = resolve(import.meta.dirname, "../..");
const STATE = join(ROOT, ".depin/engine");
const RECORD = join(STATE, "engine.json");

/** What this clone started, so that `engine:stop` stops that and nothing else. */
type Started = { by: "systemd" } | { by: "service" } | { by: "dockerd"; process: string };

/**
 * Starts the engine by what the system has: systemd, else the daemon itself, detached.
 * @param answered whether an engine answers now
 */
export async function startDocker(answered: () => Promise<boolean>): Promise<void> {
	mkdirSync(STATE, { recursive: true });
	const log = join(STATE, "dockerd.log");
	if (existsSync("/run/systemd/system")) {
		await command("systemctl", ["start", "docker"], log);
		return record({ by: "systemd" });
	}
	// Where there is an init script, installing the package may have started the daemon already.
	if (existsSync("/var/run/docker.pid") && (await within(5_000, answered))) return record({ by: "service" });
	const output = openSync(log, "w");
	const daemon = spawn("dockerd", ["--pidfile", join(STATE, "dockerd.pid")], {
		cwd: "/",
		detached: true,
		stdio: ["ignore", output, output],
	});
	closeSync(output);
	const failed = new Promise<never>((_, reject) => {
		const dead = () => reject(dockerFailure(log));
		daemon.once("exit", dead).once("error", dead);
	});
	const ready = await Promise.race([within(60_000, answered), failed]);
	if (!ready) throw dockerFailure(log);
	daemon.removeAllListeners();
	daemon.unref();
	record({ by: "dockerd", process: identity(daemon.pid ?? 0) ?? "" });
}

/** Stops the engine if this clone started it; says what it did in one line. */
export async function stopDocker(): Promise<string> {
	if (!existsSync(RECORD)) return "no container engine was started from this folder, nothing to stop";
	const started: Started = JSON.parse(readFileSync(RECORD, "utf8"));
	const log = join(STATE, "stop.log");
	if (started.by === "systemd") await command("systemctl", ["stop", "docker.socket", "docker"], log);
	else if (started.by === "service") await command("service", ["docker", "stop"], log);
	else if (!(await endProcess(started.process))) {
		throw new SetupFailure(`dockerd (process ${started.process}) does not end`, `read ${join(STATE, "dockerd.log")}`);
	}
	rmSync(RECORD);
	return "the container engine is stopped; Docker stays installed (`apt-get purge docker.io` removes it)";
}

async function endProcess(known: string): Promise<boolean> {
	const pid = Number(known.split(" ")[0]);
	const gone = async () => identity(pid) !== known;
	if (await gone()) return true;
	process.kill(pid, "SIGTERM");
	return within(60_000, gone);
}

async function within(milliseconds: number, condition: () => Promise<boolean>): Promise<boolean> {
	const deadline = Date.now() + milliseconds;
	while (!(await condition())) {
		if (Date.now() > deadline) return false;
		await sleep(100);
	}
	return true;
}

function record(started: Started): void {
	writeFileSync(RECORD, JSON.stringify(started));
}

function dockerFailure(log: string): SetupFailure {
	const lines = readFileSync(log, "utf8").split("\n");
	const cause =
		lines.findLast((line) => /failed to start|level=(fatal|error)|permission denied/.test(line)) ?? "no reason given";
	const cgroups = /cgroup/i.test(cause) ? "mount the control groups (`apt-get install cgroupfs-mount`)" : `read ${log}`;
	return new SetupFailure(`dockerd does not start, ${cause.slice(0, 200)}`, cgroups);
}
