import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "./command.ts";
import { withLock } from "./lock.js";

/** Others may be installing as well, this project's other clones among them. */
const OPTIONS = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];

export function isDebian(): boolean {
	if (!existsSync("/etc/os-release") || !existsSync("/usr/bin/apt-get")) return false;
	return /^(ID|ID_LIKE)=.*(debian|ubuntu)/m.test(readFileSync("/etc/os-release", "utf8"));
}

/** Installs packages of the distribution; needs root. @throws SetupFailure */
export async function aptInstall(packages: string[], log: string, say: (line: string) => void): Promise<void> {
	const began = Date.now();
	// apt waits for dpkg's lock, but not for the one of its own lists.
	const waiting = (owner: number) => say(`process ${owner} is installing packages, waiting for it`);
	await withLock(join(tmpdir(), "depin-apt.lock"), waiting, async () => {
		await command("apt-get", ["update", ...OPTIONS], log);
		await command("apt-get", ["install", "-y", "--no-install-recommends", ...OPTIONS, ...packages], log);
	});
	say(`${packages.join(" and ")} installed, ${((Date.now() - began) / 1000).toFixed(1)} s`);
}
