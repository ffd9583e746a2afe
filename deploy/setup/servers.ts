// What tests and benchmarks run for themselves: PostgreSQL, nginx, gVisor, Chromium and an image registry, as the distribution packages them.
import { existsSync, globSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { aptInstall, isDebian } from "./apt.ts";
import { command } from "./command.ts";
import { SetupFailure } from "./failure.js";

const LOG = join(resolve(import.meta.dirname, "../.."), ".depin/logs/servers-install.log");

/** The programs of the newest PostgreSQL server here; a client alone has no `initdb`. */
export function postgresPrograms(): string | undefined {
	const byVersion = (path: string) => Number.parseFloat(path.slice("/usr/lib/postgresql/".length));
	const found = globSync("/usr/lib/postgresql/*/bin/initdb").toSorted((a, b) => byVersion(b) - byVersion(a));
	return found[0] && dirname(found[0]);
}

export const NGINX = "/usr/sbin/nginx";
export const RUNSC = "/usr/bin/runsc";
export const CHROMIUM = "/usr/bin/chromium";
export const DOCKER_REGISTRY = "/usr/bin/docker-registry";

const installed = {
	postgresql: () => postgresPrograms() !== undefined,
	nginx: () => existsSync(NGINX),
	runsc: () => existsSync(RUNSC),
	chromium: () => existsSync(CHROMIUM),
	"docker-registry": () => existsSync(DOCKER_REGISTRY),
};
export type Server = keyof typeof installed;

/** Why tests of these servers are skipped here, false when all of them are installed. */
export function lackOf(...servers: Server[]): string | false {
	const missing = servers.filter((server) => !installed[server]());
	return missing.length > 0 && `${missing.join(" and ")} not installed`;
}

/**
 * Installs what is missing of them where that is ours to do: as root on Debian or Ubuntu. Elsewhere, and when it fails,
 * says what to do; who needs them asks {@link lackOf}.
 * @param say gets a line for whatever takes time or changes the machine
 */
export async function ensureServers(servers: Server[], say: (line: string) => void): Promise<void> {
	const missing = servers.filter((server) => lackOf(server));
	if (missing.length === 0) return;
	const names = missing.join(" ");
	if (process.getuid?.() !== 0 || !isDebian()) {
		return say(`${names} not installed: what needs them is skipped; install them (apt-get install ${names}) to run it`);
	}
	say(`${names} not installed: apt-get install ${names} …`);
	try {
		await aptInstall(missing, LOG, say);
		for (const server of missing) await letRest(server);
	} catch (error) {
		if (!(error instanceof SetupFailure)) throw error;
		say(`${error.message}; without ${names}, what needs them is skipped`);
	}
}

/** The packages start their server; nobody asked for one on the machine's own ports. */
async function letRest(server: Server): Promise<void> {
	if (server === "runsc" || server === "chromium") return; // no servers: whoever needs one starts it
	const systemd = existsSync("/run/systemd/system");
	const [program, args] = systemd ? ["systemctl", ["disable", "--now", server]] : ["service", [server, "stop"]];
	await command(program as string, args as string[], LOG);
}
