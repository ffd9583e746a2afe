import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type JobRef, shortId } from "../chain/jobRef.ts";
import type { ContentClient } from "../storage/client.ts";
import { exportTo } from "../storage/export.ts";
import { importPath } from "../storage/importPath.ts";
import { UsageError } from "./errors.ts";

/** Where a job's outputs go unless `--out` says otherwise. */
export function resultFolder(cwd: string, { orderId, job }: JobRef): string {
	return join(cwd, "depin-results", shortId(orderId), String(job));
}

export type DownloadParameters = {
	content: ContentClient;
	outputsCid: string;
	/** Made, with its parents; if it is there already it must hold exactly these outputs. */
	folder: string;
	signal: AbortSignal;
};

/** Puts a job's outputs into a folder, every block checked; returns the folder's absolute path. */
export async function downloadOutputs(parameters: DownloadParameters): Promise<{ folder: string; files: number }> {
	const { content, outputsCid, signal } = parameters;
	const folder = resolve(parameters.folder);
	if (existsSync(folder)) {
		const there = await importPath(folder);
		if (there.root.toString() === outputsCid) return { folder, files: there.files.length };
		throw new UsageError(`${folder} is there already and holds something else`, {
			hint: "Name another folder with --out, or remove that one.",
		});
	}
	await mkdir(dirname(folder), { recursive: true });
	const { files } = await exportTo(content, outputsCid, folder, { signal });
	return { folder, files: files.length };
}
