import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { SetupFailure } from "../setup/failure.js";
import { freePort, isFree } from "../setup/freePort.ts";

export interface DevnetPorts {
	chain: number;
	mirror: number;
	/** Of the public door in front of the mirror. */
	gateway: number;
	storage: number;
	nodes: number[];
	/** Where consumers reach the first node; the others are reached through the storage's relay. */
	channel: number;
	keeper: number;
	/** Of the web page. */
	site: number;
}

/** Where `npm start` listens, on the loopback alone. */
export const DEFAULT_PORTS: DevnetPorts = {
	chain: 8545,
	mirror: 42069,
	gateway: 42070,
	storage: 8180,
	nodes: [8181, 8182],
	channel: 8183,
	keeper: 8190,
	site: 8080,
};

/**
 * Fills in a free port for each that is 0 or absent and checks that the others are free.
 * @throws SetupFailure naming the process that has one of them
 */
export async function choosePorts(wanted: Partial<DevnetPorts>, nodes: number): Promise<DevnetPorts> {
	const listed = Array.from({ length: nodes }, (_, index) => wanted.nodes?.[index] ?? 0);
	return {
		chain: await claim("chain", wanted.chain),
		mirror: await claim("mirror", wanted.mirror),
		gateway: await claim("gateway", wanted.gateway),
		storage: await claim("storage", wanted.storage),
		nodes: await Promise.all(listed.map((port, index) => claim(`node-${index + 1}`, port))),
		channel: await claim("node-1's channel", wanted.channel),
		keeper: await claim("keeper", wanted.keeper),
		site: await claim("web page", wanted.site),
	};
}

async function claim(name: string, port = 0): Promise<number> {
	if (port === 0) return freePort();
	if (await isFree(port)) return port;
	throw takenBy(name, port);
}

function takenBy(name: string, port: number): SetupFailure {
	const owner = listener(port);
	const who = owner === undefined ? "another program" : `${owner.name} (process ${owner.pid})`;
	const fix = owner === undefined ? "stop what listens there" : `stop it (\`kill ${owner.pid}\`)`;
	return new SetupFailure(`port ${port}, which the devnet's ${name} needs, is taken by ${who}`, `${fix} and run again`);
}

/** Who listens on a port, as far as Linux tells us. */
function listener(port: number): { pid: number; name: string } | undefined {
	if (process.platform !== "linux") return undefined;
	const inode = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => socketsOn(table, port))[0];
	if (inode === undefined) return undefined;
	for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
		try {
			const holds = readdirSync(`/proc/${pid}/fd`).some(
				(fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`,
			);
			const name = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim().slice(0, 60);
			if (holds) return { pid: Number(pid), name };
		} catch {
			// Ended meanwhile, or not ours to look into: then it is simply not named.
		}
	}
	return undefined;
}

function socketsOn(table: string, port: number): string[] {
	const hex = port.toString(16).toUpperCase().padStart(4, "0");
	const rows = readFileSync(table, "utf8").split("\n").slice(1);
	const columns = rows.map((row) => row.trim().split(/\s+/));
	return columns.filter((row) => row[1]?.endsWith(`:${hex}`) && row[3] === "0A").map((row) => row[9] ?? "");
}
