import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs `work` while this process owns the lock file; waits for a living owner, takes over from a dead one.
 * @template T
 * @param {string} path
 * @param {(owner: number) => void} onWait called once when another process owns it
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, onWait, work) {
	const owner = await take(path, onWait);
	const release = () => {
		if (read(path) === owner) rmSync(path, { force: true });
	};
	process.once("exit", release);
	try {
		return await work();
	} finally {
		process.off("exit", release);
		release();
	}
}

/**
 * Takes the lock only if nobody alive has it.
 * @param {string} path
 * @returns {{ release: () => void } | { owner: number }}
 */
export function tryLock(path) {
	const mine = identity(process.pid);
	if (link(path, mine)) {
		const release = () => {
			if (read(path) === mine) rmSync(path, { force: true });
		};
		return { release };
	}
	const theirs = read(path);
	const owner = Number(theirs?.split(" ")[0]);
	if (theirs !== undefined && identity(owner) === theirs) return { owner };
	if (theirs !== undefined) displace(path, theirs);
	return tryLock(path);
}

/** @param {string} path @param {(owner: number) => void} onWait */
async function take(path, onWait) {
	for (let told = false; ; await sleep(250)) {
		const lock = tryLock(path);
		if ("release" in lock) return identity(process.pid);
		if (!told) onWait(lock.owner);
		told = true;
	}
}

/**
 * Who a process is: its pid and, where the system tells, when it began, since pids are used again.
 * @param {number} pid
 */
export function identity(pid) {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		return state === "Z" ? undefined : `${pid} ${fields[18]}`;
	} catch {
		return process.platform !== "linux" && alive(pid) ? `${pid} -` : undefined;
	}
}

/** @param {number} pid */
function alive(pid) {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return error instanceof Error && "code" in error && error.code === "EPERM";
	}
}

/** A link appears whole or not at all, so no reader ever sees a lock without its owner. @param {string} path @param {string | undefined} owner */
function link(path, owner) {
	mkdirSync(dirname(path), { recursive: true });
	const draft = `${path}.${process.pid}`;
	writeFileSync(draft, String(owner));
	try {
		linkSync(draft, path);
		return true;
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
		throw error;
	} finally {
		unlinkSync(draft);
	}
}

/** Two may find the same dead owner: whoever moved a living one's lock aside puts it back. @param {string} path @param {string} dead */
function displace(path, dead) {
	const aside = `${path}.${process.pid}.stale`;
	try {
		renameSync(path, aside);
		if (read(aside) !== dead) linkSync(aside, path);
	} catch (error) {
		if (!(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EEXIST")))
			throw error;
	} finally {
		rmSync(aside, { force: true });
	}
}

/** @param {string} path */
function read(path) {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
		throw error;
	}
}
