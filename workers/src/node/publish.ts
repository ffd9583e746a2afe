import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Dag, decodeCar, encodeCar, type UploadOptions, upload } from "depin/storage";
import type { NodeContext } from "./context.ts";
import { pinName } from "./forget.ts";
import type { TaskRun } from "./runTask.ts";
import type { Work } from "./works.ts";

type Content = { part: string; alsoPin?: UploadOptions["alsoPin"] };

/**
 * Makes content of a job public, or, of a replica, keeps it on this machine: whoever could read a sibling's result
 * before everybody sealed theirs would need no container. Safe to repeat.
 */
export async function publish(
	{ ctx, work, signal }: TaskRun,
	dag: Dag,
	{ part, alsoPin = [] }: Content,
): Promise<void> {
	if (work.order.replicas > 1) return hold(ctx, work, dag, { part, alsoPin });
	await upload(ctx.content, dag, { name: pinName(work, part), alsoPin, signal });
}

async function hold(ctx: NodeContext, work: Work, dag: Dag, { part, alsoPin = [] }: Content): Promise<void> {
	const dir = heldDir(ctx, work);
	await mkdir(dir, { recursive: true, mode: 0o700 });
	const target = join(dir, `${part}.car`);
	await pipeline(encodeCar([...alsoPin, dag.root], dag.blocks()), createWriteStream(`${target}.part`, { mode: 0o600 }));
	await rename(`${target}.part`, target);
}

/** Publishes what was kept of a replica. Safe to repeat; what is public already stays so. */
export async function publishHeld(ctx: NodeContext, work: Pick<Work, "orderId" | "job">): Promise<void> {
	const dir = heldDir(ctx, work);
	const files = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith(".car"));
	// Whatever names others comes last, and the result names everything.
	for (const file of files.sort((a, b) => Number(a.startsWith("result")) - Number(b.startsWith("result")))) {
		const path = join(dir, file);
		const { roots } = await open(path);
		const root = roots.at(-1);
		if (!root) continue;
		const blocks = async function* () {
			yield* (await open(path)).blocks;
		};
		const name = pinName(work, file.slice(0, -".car".length));
		const dag = { root, size: 0, blockCount: 0, bytes: 0, blocks };
		await upload(ctx.content, dag, { name, alsoPin: roots.slice(0, -1), signal: ctx.signal });
	}
}

export async function discardHeld(ctx: NodeContext, work: Pick<Work, "orderId" | "job">): Promise<void> {
	await rm(heldDir(ctx, work), { recursive: true, force: true });
}

export const heldName = ({ orderId, job }: Pick<Work, "orderId" | "job">): string => `${orderId}-${job}`;

function heldDir({ stateDir }: NodeContext, work: Pick<Work, "orderId" | "job">): string {
	return join(stateDir, "held", heldName(work));
}

const open = (path: string) => decodeCar(createReadStream(path), path);
