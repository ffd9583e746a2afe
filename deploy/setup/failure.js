/** A set-up step that cannot go on: what happened, and what the person at the keyboard can do about it. */
export class SetupFailure extends Error {
	/**
	 * @param {string} cause one line, no full stop
	 * @param {string} fix one line, no full stop
	 */
	constructor(cause, fix) {
		super(`${cause}: ${fix}`);
		this.name = "SetupFailure";
	}
}

/** @type {[RegExp, string, string][]} */
const known = [
	[/ENOSPC|no space left/i, "the disk is full", "free about 3 GB where this folder lies and run the command again"],
	[
		/EROFS|read-only file system/i,
		"this folder cannot be written to (read-only file system)",
		"clone into a folder you may write to",
	],
	[
		/EACCES|EPERM|permission denied/i,
		"a file or folder here belongs to somebody else",
		"make this folder yours (`sudo chown -R $(id -u) .`), or clone into one that is",
	],
	[
		/CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/,
		"the package registry's certificate is not trusted here",
		"set `npm config set cafile <your authority>` and run the command again",
	],
	[
		/\bE40[13]\b/,
		"the package registry refuses this account",
		"log in with `npm login`, or check `npm config get registry`",
	],
	[
		/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET|ENOTCACHED|FETCH_ERROR|network/i,
		"the package registry cannot be reached",
		"check the network, the proxy and `npm config get registry`, then run the command again",
	],
	[
		/\bEINTEGRITY\b|digest differs/,
		"a package differs from the one package-lock.json names",
		"clear the cache (`npm cache clean --force`) and run the command again; if it stays, the registry is not to be trusted",
	],
	[
		/\b(E404|ETARGET|EUSAGE)\b/,
		"the package registry does not have what package-lock.json names",
		"check `npm config get registry`; on other systems than linux-x64, `rm package-lock.json && npm install` with Node 24",
	],
];

/**
 * Turns the output of a failed tool, or a caught error, into one cause and one fix.
 * @param {string} what the step that failed
 * @param {string} text output or error text
 * @param {string} [log] where the whole output lies
 */
export function explain(what, text, log) {
	const seeLog = log === undefined ? "" : ` (all of it: ${log})`;
	for (const [pattern, cause, fix] of known) {
		if (pattern.test(text)) return new SetupFailure(`${what} failed, ${cause}`, fix + seeLog);
	}
	const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.includes("A complete log of this run"));
	const last = lines.findLast?.((line) => /error/i.test(line)) ?? lines[lines.length - 1] ?? "no output";
	return new SetupFailure(`${what} failed, ${last.trim().slice(0, 200)}`, `read ${log ?? "the lines above"}`);
}
