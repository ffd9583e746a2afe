import { statfs } from "node:fs/promises";
import { RequestError } from "./errors.ts";

/** A file system also fills up by number of files, which no byte count shows. */
const MIN_FREE_FILES = 10_000;

export type DiskSpace = {
	/** What the file system has left for us. */
	free(): Promise<{ bytes: number; files: number }>;
	/** @throws {RequestError} 507 when `bytes` more would leave less than the reserve */
	require(bytes: number): Promise<void>;
};

export function createDiskSpace(dir: string, reserveBytes: number): DiskSpace {
	const free = async () => {
		const { bavail, bsize, ffree, files } = await statfs(dir);
		// Some file systems count no files at all and report zero of zero.
		return { bytes: bavail * bsize, files: files === 0 ? Number.POSITIVE_INFINITY : ffree };
	};
	return {
		free,
		async require(bytes) {
			const { bytes: left, files } = await free();
			if (left - bytes >= reserveBytes && files >= MIN_FREE_FILES) return;
			const why = files < MIN_FREE_FILES ? `${files} files` : `${left} bytes`;
			throw new RequestError(507, "disk-full", `this node has ${why} left, too little to take more; ask its operator`);
		},
	};
}
