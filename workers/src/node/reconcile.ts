import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { taskRange } from "depin";
import { releaseOutputs } from "../engine/outputVolume.ts";
import { oneLine } from "../runtime/errors.ts";
import type { NodeContext } from "./context.ts";
import type { Jobs } from "./jobs.ts";
import { heldName } from "./publish.ts";
import { containerName, ourLabels } from "./runTask.ts";
import { workId } from "./works.ts";

/**
 * Makes journal, chain and engine agree after a start: jobs in hand go on, and what belongs to no job in hand is removed,
 * be it a container, a mount or a file. Call when the journal has caught up with the chain, and before claiming.
 */
export async function reconcile(ctx: NodeContext, jobs: Jobs): Promise<void> {
	for (const work of ctx.works.live()) {
		if (!["committed", "revealed", "submitted"].includes(work.step)) await jobs.resume(work);
	}
	const inHand = ctx.works.live().filter((work) => jobs.has(work));
	const ids = new Set(inHand.map(workId));
	for (const { id, labels } of await ctx.engine.list(ourLabels(ctx))) {
		if (ids.has(`${labels["depin.order"]}/${labels["depin.job"]}`)) continue;
		ctx.log.info(
			{ container: id.slice(0, 12), orderId: labels["depin.order"], job: labels["depin.job"] },
			"removing a container of no job",
		);
		await ctx.engine.remove(id);
	}
	for (const { id, labels } of await ctx.engine.networks.list(ourLabels(ctx)))
		if (!ids.has(`${labels["depin.order"]}/${labels["depin.job"]}`)) await ctx.engine.networks.remove(id);
	const keep = new Set(
		inHand.flatMap((work) => {
			const { from, to } = taskRange(work.order, work.job);
			return Array.from({ length: to - from }, (_, i) => containerName(ctx, work, from + i));
		}),
	);
	await removeStaleDirectories(ctx, keep);
	await removeStaleHeld(ctx);
}

/** What was kept back of replicas that ended while this node was down. */
async function removeStaleHeld(ctx: NodeContext): Promise<void> {
	const keep = new Set(ctx.works.live().map(heldName));
	const root = join(ctx.stateDir, "held");
	for (const name of await readdir(root).catch(() => [])) {
		if (!keep.has(name)) await rm(join(root, name), { recursive: true, force: true });
	}
}

async function removeStaleDirectories(ctx: NodeContext, keep: ReadonlySet<string>): Promise<void> {
	const root = join(ctx.stateDir, "jobs");
	await mkdir(root, { recursive: true, mode: 0o700 });
	for (const name of await readdir(root)) {
		if (keep.has(name)) continue;
		await ctx.audit.note("volume-release", { dir: join(root, name) });
		// One that cannot be unmounted must not keep the node from working; it is tried again at the next start.
		await releaseOutputs(join(root, name)).catch((error: unknown) => {
			ctx.log.warn({ directory: name, cause: oneLine(error) }, "could not remove what an earlier run left");
		});
	}
}
