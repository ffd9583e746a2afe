import { execFile } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { importPath } from "depin/storage";
import { inspectOutputs } from "../../workers/src/engine/collect.ts";
import { quantile, round } from "./quantile.ts";

const GIB = 2 ** 30;
const FILES = 4;
const run = promisify(execFile);

export interface CollectFigures {
	/** MiB/s of `cp -r` followed by `sha256sum` of each file. */
	copyMiBs: number;
	/** MiB/s of judging outputs and importing them: block CIDs, directory, and each file's sha-256. */
	collectMiBs: number;
	collectRatio: number;
}

/** 1 GiB of outputs in four files, read from memory both times: what is compared is the work, not the disk. */
export async function measureCollect(options: {
	runs: number;
	say: (line: string) => void;
	signal: AbortSignal;
}): Promise<CollectFigures> {
	const dir = await mkdtemp(join(tmpdir(), "depin-bench-"));
	const outputs = join(dir, "outputs");
	try {
		await fill(outputs);
		const copied: number[] = [];
		const collected: number[] = [];
		for (let turn = 0; turn < options.runs; turn += 1) {
			options.signal.throwIfAborted();
			copied.push(await rateOf(() => copyAndHash(outputs, join(dir, "copy"))));
			collected.push(await rateOf(() => judgeAndImport(outputs)));
			await rm(join(dir, "copy"), { recursive: true });
			options.say(`copy ${copied.at(-1)?.toFixed(0)} MiB/s, collect ${collected.at(-1)?.toFixed(0)} MiB/s`);
		}
		const [copyMiBs, collectMiBs] = [quantile(copied, 0.5), quantile(collected, 0.5)];
		return {
			copyMiBs: round(copyMiBs, 0),
			collectMiBs: round(collectMiBs, 0),
			collectRatio: round(collectMiBs / copyMiBs, 2),
		};
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
}

async function fill(outputs: string): Promise<void> {
	await mkdir(outputs);
	const part = randomFillSync(Buffer.alloc(16 * 2 ** 20));
	for (let index = 0; index < FILES; index += 1) {
		const file = await open(join(outputs, `part-${index}`), "wx");
		for (let written = 0; written < GIB / FILES; written += part.length) {
			part.writeUInt32LE(written / part.length + index * 1000); // no two blocks alike
			await file.write(part);
		}
		await file.close();
	}
}

async function copyAndHash(from: string, to: string): Promise<void> {
	await run("cp", ["-r", from, to]);
	const files = Array.from({ length: FILES }, (_, index) => join(to, `part-${index}`));
	await run("sha256sum", files);
}

async function judgeAndImport(outputs: string): Promise<void> {
	const judged = await inspectOutputs(outputs, { maxBytes: GIB, maxFiles: 100 });
	if (!judged.ok) throw new Error(`outputs were refused: ${judged.detail}`);
	await importPath(outputs);
}

/** MiB per second for the whole gibibyte. */
async function rateOf(work: () => Promise<void>): Promise<number> {
	const began = performance.now();
	await work();
	return 1024 / ((performance.now() - began) / 1000);
}
