import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { explain } from "./failure.js";
import { withLock } from "./lock.js";

const ROOT = resolve(import.meta.dirname, "../..");

export interface BuildPlan {
	/** Names its lock, its stamp and its log. */
	name: string;
	/** What it is made of, relative to the repository: a change in any of them builds it anew. */
	sources: string[];
	/** Last file it writes, relative to the repository. */
	product: string;
	/** Arguments of the Node this runs on. */
	command: string[];
	cwd: string;
}

/**
 * Builds something when its sources changed since the last build, one process at a time.
 * @param say gets a line when there is something to build
 * @throws SetupFailure with the build's last words
 */
export async function buildOnce(plan: BuildPlan, say: (line: string) => void): Promise<void> {
	const { name } = plan;
	if (isBuilt(plan, digestOf(plan))) return;
	const waiting = (owner: number) => say(`process ${owner} is building the ${name}, waiting for it`);
	await withLock(join(ROOT, `.depin/${name}.lock`), waiting, async () => {
		const digest = digestOf(plan);
		if (isBuilt(plan, digest)) return;
		say(`${name} …`);
		const began = Date.now();
		const stamp = stampOf(plan);
		rmSync(stamp, { force: true });
		await build(plan);
		mkdirSync(dirname(stamp), { recursive: true });
		writeFileSync(stamp, digest);
		say(`${name} ready, ${((Date.now() - began) / 1000).toFixed(1)} s`);
	});
}

const stampOf = ({ name }: BuildPlan) => join(ROOT, ".depin/stamps", name);

function isBuilt(plan: BuildPlan, digest: string): boolean {
	const stamp = stampOf(plan);
	return existsSync(join(ROOT, plan.product)) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest;
}

function digestOf({ sources }: BuildPlan): string {
	const hash = createHash("sha256");
	for (const path of [...sources].sort()) hash.update(`${path}\0`).update(readFileSync(join(ROOT, path)));
	return hash.digest("hex");
}

async function build({ name, command, cwd }: BuildPlan): Promise<void> {
	const log = join(ROOT, `.depin/logs/setup-${name}.log`);
	mkdirSync(dirname(log), { recursive: true });
	const output = openSync(log, "w");
	const child = spawn(process.execPath, command, { cwd, stdio: ["ignore", output, output] });
	closeSync(output);
	const code = await new Promise((settle, reject) => child.once("error", reject).once("exit", settle));
	if (code !== 0) throw explain(`building the ${name}`, readFileSync(log, "utf8"), log);
}
