import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, globSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { explain } from "./setup/failure.js";
import { withLock } from "./setup/lock.js";

const ROOT = resolve(import.meta.dirname, "..");
const STAMP = join(ROOT, ".depin/stamps/contracts");

/**
 * Builds the contracts when their sources, the compiler's settings or the packages changed since the last build.
 * @param say gets a line when there is something to build
 */
export async function ensureContracts(say: (line: string) => void): Promise<void> {
	if (isBuilt(sourcesDigest())) return;
	const waiting = (owner: number) => say(`process ${owner} is building the contracts, waiting for it`);
	await withLock(join(ROOT, ".depin/contracts.lock"), waiting, async () => {
		const digest = sourcesDigest();
		if (isBuilt(digest)) return;
		say("contracts …");
		const began = Date.now();
		rmSync(STAMP, { force: true });
		await build();
		mkdirSync(dirname(STAMP), { recursive: true });
		writeFileSync(STAMP, digest);
		say(`contracts ready, ${((Date.now() - began) / 1000).toFixed(1)} s`);
	});
}

function isBuilt(digest: string): boolean {
	const artifact = join(ROOT, ".depin/hardhat/artifacts/contracts/Market.sol/Market.json");
	return existsSync(artifact) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === digest;
}

function sourcesDigest(): string {
	const exclude = (path: string) => path === "test" || path.includes("/test");
	const sources = globSync("contracts/**/*.sol", { cwd: ROOT, exclude }).sort();
	const hash = createHash("sha256");
	for (const path of [...sources, "hardhat.config.ts", "package-lock.json"]) {
		hash.update(`${path}\0`).update(readFileSync(join(ROOT, path)));
	}
	return hash.digest("hex");
}

async function build(): Promise<void> {
	const log = join(ROOT, ".depin/logs/setup-contracts.log");
	mkdirSync(dirname(log), { recursive: true });
	const output = openSync(log, "w");
	const hardhat = join(ROOT, "node_modules/hardhat/dist/src/cli.js");
	const child = spawn(process.execPath, [hardhat, "build", "--no-tests"], {
		cwd: ROOT,
		stdio: ["ignore", output, output],
	});
	closeSync(output);
	const code = await new Promise((settle, reject) => child.once("error", reject).once("exit", settle));
	if (code !== 0) throw explain("building the contracts", readFileSync(log, "utf8"), log);
}
