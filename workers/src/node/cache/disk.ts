import { type StatsFs, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Bytes that may still be written below a folder, which need not exist or be ours to look into. */
export function freeBytes(folder: string): number {
	const { bavail, bsize } = nearest(folder, fileSystem);
	return bavail * bsize;
}

export function diskBytes(folder: string): number {
	const { blocks, bsize } = nearest(folder, fileSystem);
	return blocks * bsize;
}

/** Whether two folders share one file system: what is freed in one is free in the other. */
export function onOneDisk(one: string, other: string): boolean {
	return nearest(one, device) === nearest(other, device);
}

const fileSystem = (path: string): StatsFs => statfsSync(path);
const device = (path: string): number => statSync(path).dev;

/** An engine's own folder is closed to ordinary users; what lies above it mostly is on the same disk. */
function nearest<T>(folder: string, look: (path: string) => T): T {
	for (let path = folder; ; path = dirname(path)) {
		try {
			return look(path);
		} catch (error) {
			if (path === dirname(path)) throw error;
		}
	}
}
