import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
	createWriteStream,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	realpathSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { explain, SetupFailure } from "./failure.js";
import { identity } from "./lock.js";

/** What of the caller's npm settings an inner npm may know: how to reach the registry, not what to install. */
const kept =
	/^npm_config_(registry|.*:registry|.*auth.*|cafile|ca|https?[-_]proxy|proxy|noproxy|strict[-_]ssl|cache|userconfig|globalconfig|offline|prefer[-_]offline|fetch[-_].*|maxsockets)$/i;

/**
 * The environment without what an outer npm or an impatient shell would force on the tools started here.
 * @returns {NodeJS.ProcessEnv}
 */
export function cleanEnvironment() {
	const entries = Object.entries(process.env).filter(
		([name]) => !/^(npm_|NODE_OPTIONS$|NODE_ENV$|NODE_PATH$|INIT_CWD$)/i.test(name) || kept.test(name),
	);
	return Object.fromEntries(entries);
}

/** Where npm's own program lies, whichever of npm's launchers the system has. */
function npmProgram() {
	const beside = join(dirname(process.execPath), "../lib/node_modules/npm/bin/npm-cli.js");
	const launchers = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "npm"));
	for (const candidate of [process.env.npm_execpath ?? "", beside, ...launchers]) {
		if (!existsSync(candidate)) continue;
		const real = realpathSync(candidate);
		if (real.endsWith("npm-cli.js")) return real;
	}
	throw new SetupFailure(
		"npm was not found beside Node",
		"install npm (it comes with Node from nodejs.org) and run again",
	);
}

/** An older one stops at the overrides in package.json ("Invalid comparator"), and Debian 12 and Ubuntu 24.04 ship such a one. */
const OLDEST_NPM = 10;

/**
 * The system's npm where it can install what package-lock.json says, else the one that package.json names, kept in `.depin/npm`.
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function capableNpm(root, say) {
	const program = npmProgram();
	const own = manifest(dirname(dirname(program)));
	if (own?.name !== "npm" || Number.parseInt(own.version, 10) >= OLDEST_NPM) return program;
	const [, version = "", hash = ""] = /^npm@([\d.]+)\+sha512\.([0-9a-f]+)$/.exec(manifest(root)?.packageManager) ?? [];
	const home = join(root, ".depin/npm");
	if (manifest(home)?.version !== version) {
		say(`npm ${own.version} is too old for these packages, getting ${version} for this folder alone`);
		const draft = `${home}.new`;
		rmSync(draft, { recursive: true, force: true });
		mkdirSync(draft);
		const integrity = `sha512-${Buffer.from(hash, "hex").toString("base64")}`;
		await downloadPackage(root, { name: "npm", version, integrity, what: `getting npm ${version}`, to: draft }, say);
		rmSync(home, { recursive: true, force: true });
		renameSync(draft, home);
	}
	return join(home, "bin/npm-cli.js");
}

/** @param {string} folder */
function manifest(folder) {
	const path = join(folder, "package.json");
	return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/**
 * Unpacks one package of the registry into a folder, if it is the one that was meant.
 * @param {string} root
 * @param {{ name: string, version: string, integrity: string | undefined, what: string, to: string, parts?: string[] }} wanted
 * @param {(line: string) => void} say
 */
export async function downloadPackage(root, { name, version, integrity, what, to, parts = [] }, say) {
	const log = join(root, `.depin/logs/setup-${name}.log`);
	const args = ["pack", `${name}@${version}`, "--pack-destination", to];
	await npm(process.execPath, args, { root, what, log, say });
	const archive = join(to, readdirSync(to).find((entry) => entry.endsWith(".tgz")) ?? "missing.tgz");
	const digest = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
	if (integrity !== undefined && digest !== integrity) {
		throw new SetupFailure(`${name}@${version} is not the one this repository names`, "do not trust this registry");
	}
	execFileSync("tar", ["-xzf", archive, "-C", to, "--strip-components=1", ...parts]);
	rmSync(archive);
}

/**
 * Runs npm to its end, its output going to a log file.
 * @param {string} node the Node that runs npm
 * @param {string[]} args
 * @param {{ root: string, what: string, log: string, say: (line: string) => void, program?: string }} options
 */
export async function npm(node, args, { root, what, log, say, program = npmProgram() }) {
	mkdirSync(dirname(log), { recursive: true });
	const output = createWriteStream(log);
	const patience = ["--fetch-retries=3", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"];
	const child = spawn(node, [program, ...args, ...patience], {
		cwd: root,
		env: { ...cleanEnvironment(), PATH: dirname(node) + delimiter + process.env.PATH },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const record = join(root, ".depin/setup.child");
	mkdirSync(dirname(record), { recursive: true });
	writeFileSync(record, identity(child.pid ?? 0) ?? "");
	child.stdout.pipe(output, { end: false });
	child.stderr.pipe(output, { end: false });
	const stop = () => child.kill("SIGTERM");
	process.once("exit", stop);
	const started = Date.now();
	const pulse = setInterval(() => say(`${what}, ${Math.round((Date.now() - started) / 1000)} s so far`), 15_000);
	const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
	clearInterval(pulse);
	process.off("exit", stop);
	rmSync(record, { force: true });
	await new Promise((resolve) => output.end(resolve));
	if (code !== 0) throw explain(what, readFileSync(log, "utf8"), log);
}

/**
 * Ends the npm of a set-up that was killed: it would go on writing into the node_modules that the next one fills.
 * @param {string} root
 */
export async function endLeftNpm(root) {
	const record = join(root, ".depin/setup.child");
	if (!existsSync(record)) return;
	const known = readFileSync(record, "utf8");
	const pid = Number(known.split(" ")[0]);
	while (known !== "" && identity(pid) === known) {
		process.kill(pid, "SIGKILL");
		await sleep(50);
	}
	rmSync(record);
}
