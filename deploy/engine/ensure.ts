import { existsSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { aptInstall, isDebian } from "../setup/apt.ts";
import { SetupFailure } from "../setup/failure.js";
import { withLock } from "../setup/lock.js";
import { startDocker } from "./daemon.ts";

export interface Engine {
	docker: Docker;
	/** Its socket on this machine: nodes give containers folders of it. */
	socketPath: string;
}

const INSTALL_LOG = join(resolve(import.meta.dirname, "../.."), ".depin/logs/engine-install.log");

type Answer = "yes" | "refused" | "forbidden" | "absent";

/**
 * Makes sure that a container engine answers: the one DOCKER_HOST names, the default socket's, else Docker from the
 * system's own packages when this is a Debian or Ubuntu and we are root. Throws SetupFailure with the way out otherwise.
 * @param say gets a line for whatever takes time or changes the machine
 */
export async function ensureEngine(say: (line: string) => void): Promise<Engine> {
	const named = process.env.DOCKER_HOST;
	if (named) return namedEngine(named);
	const found = await findEngine();
	if (found !== undefined) return found;
	const lock = join(tmpdir(), "depin-engine.lock");
	const waiting = (owner: number) => say(`process ${owner} is making a container engine ready, waiting for it`);
	return withLock(lock, waiting, async () => (await findEngine()) ?? (await provide(say)));
}

async function namedEngine(host: string): Promise<Engine> {
	const socketPath = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
	if (socketPath === undefined) {
		throw new SetupFailure(
			`DOCKER_HOST=${host} is not a socket of this machine`,
			"unset DOCKER_HOST, or name unix:///…",
		);
	}
	const docker = new Docker({ socketPath });
	if ((await ask(docker)) === "yes") return { docker, socketPath };
	throw new SetupFailure(`no container engine answers at DOCKER_HOST=${host}`, "start it, or unset DOCKER_HOST");
}

async function findEngine(): Promise<Engine | undefined> {
	for (const socketPath of sockets()) {
		const docker = new Docker({ socketPath });
		const answer = await ask(docker);
		if (answer === "yes") return { docker, socketPath };
		if (answer === "forbidden") {
			throw new SetupFailure(
				`a container engine is there, but this user may not use ${socketPath}`,
				"`sudo usermod -aG docker $USER`, log in again and run the command again",
			);
		}
	}
	return undefined;
}

/** The default socket first, then where a rootless engine and Docker Desktop put theirs. */
function sockets(): string[] {
	const rootless = process.env.XDG_RUNTIME_DIR;
	const others = [...(rootless ? [join(rootless, "docker.sock")] : []), join(homedir(), ".docker/run/docker.sock")];
	return ["/var/run/docker.sock", ...others.filter((path) => existsSync(path))];
}

async function ask(docker: Docker): Promise<Answer> {
	try {
		const late = sleep(10_000, "refused" as const, { ref: false });
		return await Promise.race([docker.ping().then(() => "yes" as const), late]);
	} catch (error) {
		const code = error instanceof Error && "code" in error ? error.code : undefined;
		if (code === "EACCES" || code === "EPERM") return "forbidden";
		return code === "ENOENT" ? "absent" : "refused";
	}
}

async function provide(say: (line: string) => void): Promise<Engine> {
	const root = process.getuid?.() === 0;
	const answered = async () => (await findEngine()) !== undefined;
	const installed =
		existsSync("/usr/bin/dockerd") || existsSync("/usr/local/bin/dockerd") || existsSync("/usr/sbin/dockerd");
	if (process.platform !== "linux" || !root || !(installed || isDebian())) throw whatToDo(installed);
	if (!installed) {
		say("no container engine here: installing Docker (apt-get install docker.io) …");
		await aptInstall(["docker.io"], INSTALL_LOG, say);
	}
	say("starting the container engine; it stays when we end, `npm run engine:stop` stops it");
	await startDocker(answered);
	const engine = await findEngine();
	if (engine !== undefined) return engine;
	throw new SetupFailure("the container engine started but does not answer", "look at `docker info`");
}

function whatToDo(installed: boolean): SetupFailure {
	const cause = "no container engine answers at /var/run/docker.sock";
	if (process.platform === "darwin")
		return new SetupFailure(cause, "start Docker Desktop (or `colima start`) and run again");
	if (installed) return new SetupFailure(cause, "start it (`sudo systemctl start docker`) and run the command again");
	if (isDebian()) {
		const install = "sudo apt-get install -y docker.io && sudo usermod -aG docker $USER";
		return new SetupFailure(cause, `\`${install}\`, log in again and run the command again`);
	}
	return new SetupFailure(
		cause,
		"install Docker Engine (docs.docker.com/engine/install), start it and run the command again",
	);
}
