// A page has no local files: what would read one refuses, what only names one keeps the name.

import { ImportRefusedError } from "./errors.ts";
import type { openFile as openHere } from "./localFiles.ts";

export const openFile: typeof openHere = (path) => {
	return Promise.reject(new ImportRefusedError(path, "unreadable", "a page cannot read files of this machine"));
};

export function absolutePath(_folder: string, path: string): string {
	return path;
}
