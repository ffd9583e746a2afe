import { chmod, chown, readFile, rm } from "node:fs/promises";
import type { Server } from "node:net";
import { Command } from "commander";
import { quotaOf } from "../engine/outputVolume.ts";
import { OperatorError } from "../runtime/errors.ts";
import { createQuotaHelper } from "./helper.ts";
import { QUOTA_SOCKET } from "./protocol.ts";

/** The first descriptor that systemd hands to a service it starts for a socket. */
const SYSTEMD_FD = 3;

const example = `
Under systemd (deploy/systemd/depin-quota.socket) it takes over the unit's socket. Without systemd:
  sudo depin-worker quota-helper --dir /var/lib/depin-volumes --socket ${QUOTA_SOCKET} --group docker`;

/** `depin-worker quota-helper`: what of a node needs root, for a node that is run by an ordinary user. */
export function quotaCommand(run: (work: () => Promise<number>) => Promise<void>): Command {
	return new Command("quota-helper")
		.description("as root: make size-limited volumes for a node that an ordinary user runs")
		.option("--dir <path>", "the one folder it works in", "/var/lib/depin-volumes")
		.option("--socket <path>", "where to listen, when not started by a socket unit")
		.option("--group <name>", "who may ask, with --socket", "docker")
		.addHelpText("after", example)
		.action((options: Options) => run(() => help(options)));
}

type Options = { dir: string; socket?: string; group: string };

async function help({ dir, socket, group }: Options): Promise<number> {
	if (process.getuid?.() !== 0)
		throw new OperatorError("not-root", "the quota helper makes and mounts file systems: run it as root");
	if ((await quotaOf()) !== "filesystem")
		throw new OperatorError(
			"no-tools",
			"mkfs.ext4, mount or /dev/loop-control is missing: install e2fsprogs and mount",
		);
	const server = createQuotaHelper({ dir, say: (line) => console.log(line) });
	if (process.env["LISTEN_FDS"] === "1") server.listen({ fd: SYSTEMD_FD });
	else await listenAt(server, socket ?? QUOTA_SOCKET, group);
	await new Promise((resolve) => {
		for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, resolve);
	});
	server.close();
	return 0;
}

/** Nobody but root may connect until the group is set. */
async function listenAt(server: Server, path: string, group: string): Promise<void> {
	const gid = await groupId(group);
	await rm(path, { force: true });
	const before = process.umask(0o177);
	await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
	process.umask(before);
	await chown(path, 0, gid);
	await chmod(path, 0o660);
	console.log(`listening at ${path} for group ${group}`);
}

async function groupId(name: string): Promise<number> {
	const line = (await readFile("/etc/group", "utf8")).split("\n").find((one) => one.startsWith(`${name}:`));
	const gid = Number(line?.split(":")[2] ?? Number.NaN);
	if (Number.isNaN(gid)) throw new OperatorError("no-group", `there is no group ${name} on this machine; pass --group`);
	return gid;
}
