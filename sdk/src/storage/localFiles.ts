import { constants } from "node:fs";
import { type FileHandle, lstat, open, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ImportRefusedError } from "./errors.ts";
import { refuseName } from "./names.ts";

/** Caps on what one import may take in. */
export type ImportLimits = {
	/** Sum of file sizes in bytes; holes of sparse files count. Default: no cap. */
	maxBytes?: number;
	/** Files and folders together. Default 1,000,000. */
	maxFiles?: number;
	/** Folders inside each other. Default 64. */
	maxDepth?: number;
};

/** What lies under a folder: its files, and folders with nothing in them, by relative path in a fixed order. */
export type LocalEntry = { path: string; kind: "file" | "empty-directory" };

const DEFAULT_MAX_FILES = 1_000_000;
const DEFAULT_MAX_DEPTH = 64;

/**
 * Lists a folder. Symbolic links, devices, pipes and sockets are refused, not skipped: whoever asked for the folder
 * must learn that something in it cannot travel.
 *
 * @throws {ImportRefusedError} names the path and why.
 */
export async function* listFolder(root: string, limits: ImportLimits = {}): AsyncGenerator<LocalEntry> {
	const { maxFiles = DEFAULT_MAX_FILES, maxDepth = DEFAULT_MAX_DEPTH } = limits;
	let count = 0;

	async function* walk(folder: string, depth: number): AsyncGenerator<LocalEntry> {
		if (depth > maxDepth) throw new ImportRefusedError(folder, "too-deep", `it lies deeper than ${maxDepth} folders`);
		const names = await readdir(join(root, folder)).catch((cause) => refuseUnreadable(folder, cause));
		if (names.length === 0 && folder !== "") yield { path: folder, kind: "empty-directory" };
		for (const name of names.sort()) {
			const path = folder === "" ? name : `${folder}/${name}`;
			if (++count > maxFiles)
				throw new ImportRefusedError(path, "too-many-files", `there are more than ${maxFiles} files and folders`);
			if ((await kindOf(root, path, name)) === "file") yield { path, kind: "file" };
			else yield* walk(path, depth + 1);
		}
	}
	yield* walk("", 0);
}

async function kindOf(root: string, path: string, name: string): Promise<"file" | "directory"> {
	const reason = refuseName(name);
	if (reason !== undefined) throw new ImportRefusedError(path, "bad-name", reason);
	const stat = await lstat(join(root, path)).catch((cause) => refuseUnreadable(path, cause));
	if (stat.isFile()) return "file";
	if (stat.isDirectory()) return "directory";
	if (stat.isSymbolicLink())
		throw new ImportRefusedError(path, "symlink", "it is a symbolic link; put the file itself there");
	throw new ImportRefusedError(path, "special-file", "it is neither a file nor a folder");
}

/** The path that a text means, seen from `folder`. */
export function absolutePath(folder: string, path: string): string {
	return resolve(folder, path);
}

/** Opens a regular file without following a link in its last name, and without hanging on a pipe. */
export async function openFile(file: string): Promise<FileHandle> {
	const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
	const handle = await open(file, flags).catch((cause) => refuseUnreadable(file, cause));
	const stat = await handle.stat();
	if (stat.isFile()) return handle;
	await handle.close();
	throw new ImportRefusedError(file, "special-file", "it is not a regular file");
}

function refuseUnreadable(path: string, cause: unknown): never {
	const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
	if (code === "ELOOP") throw new ImportRefusedError(path, "symlink", "it is a symbolic link", cause);
	if (code === "ENOENT") throw new ImportRefusedError(path, "unreadable", "it does not exist", cause);
	throw new ImportRefusedError(path, "unreadable", `it cannot be read (${String(code ?? cause)})`, cause);
}
