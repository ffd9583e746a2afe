import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { capableNpm, npm } from "./npm.js";

/**
 * Whether node_modules is what package-lock.json says. npm writes its own record last, so a killed install has none; a package
 * that this platform needs and an install under another Node left out is found missing too.
 * @param {string} root
 */
export function packagesReady(root) {
	const record = join(root, "node_modules/.package-lock.json");
	if (!existsSync(record)) return false;
	const wanted = Object.entries(packagesOf(join(root, "package-lock.json")));
	const installed = packagesOf(record);
	return wanted.every(([path, entry]) => {
		if (path === "" || !neededHere(entry)) return true;
		const found = installed[path];
		return found !== undefined && found.version === entry.version && found.integrity === entry.integrity;
	});
}

/**
 * Installs exactly what package-lock.json says, all of it, whatever the caller's npm settings leave out. No package's own
 * script runs: none of ours needs one.
 * @param {string} root
 * @param {string} node
 * @param {(line: string) => void} say
 */
export async function installPackages(root, node, say) {
	const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
	const all = ["--include=dev", "--include=optional", "--include=peer"];
	const log = join(root, ".depin/logs/setup-packages.log");
	const program = await capableNpm(root, say);
	await npm(node, [...args, ...all], { root, what: "installing packages", log, say, program });
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, extraneous?: boolean, os?: string | string[], cpu?: string | string[], libc?: string[] }} Entry
 * @param {string} path
 * @returns {Record<string, Entry>}
 */
function packagesOf(path) {
	return JSON.parse(readFileSync(path, "utf8")).packages;
}

/** @param {Entry} entry */
function neededHere(entry) {
	if (entry.extraneous) return false;
	if (!entry.optional) return true;
	if (entry.os === undefined) return false;
	const libc = process.platform !== "linux" || entry.libc === undefined || entry.libc.includes("glibc");
	return (
		[entry.os].flat().includes(process.platform) && [entry.cpu ?? process.arch].flat().includes(process.arch) && libc
	);
}
