import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { taskRange } from "depin";
import { releaseOutputs } from "../engine/outputVolume.ts";
import { retry } from "../runtime/loop.ts";
import type { NodeContext } from "./context.ts";
import { containerName, ourLabels } from "./runTask.ts";
import type { Work } from "./works.ts";

/** Removes every container, mount and file of a job, waiting out an engine that is away. Safe to repeat. */
export function discardWork(ctx: NodeContext, work: Pick<Work, "orderId" | "job" | "order">): Promise<void> {
	const attempts = Number.POSITIVE_INFINITY;
	return retry(() => discardNow(ctx, work), { signal: ctx.signal, attempts, maxMs: 15_000 });
}

async function discardNow(ctx: NodeContext, work: Pick<Work, "orderId" | "job" | "order">): Promise<void> {
	const labels = { ...ourLabels(ctx), "depin.order": work.orderId, "depin.job": `${work.job}` };
	for (const { id } of await ctx.engine.list(labels)) await ctx.engine.remove(id);
	for (const { id } of await ctx.engine.networks.list(labels)) await ctx.engine.networks.remove(id);
	const { from, to } = taskRange(work.order, work.job);
	const names = new Set(await readdir(join(ctx.stateDir, "jobs")).catch(() => []));
	for (let index = from; index < to; index += 1) {
		const name = containerName(ctx, work, index);
		if (!names.has(name)) continue;
		const dir = join(ctx.stateDir, "jobs", name);
		await ctx.audit.note("volume-release", { dir });
		await releaseOutputs(dir);
	}
}
