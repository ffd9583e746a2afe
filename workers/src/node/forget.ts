import { z } from "zod";
import { oneLine } from "../runtime/errors.ts";
import type { NodeContext } from "./context.ts";
import { type Work, workId } from "./works.ts";

/** Above any reorganisation, and long enough for a consumer to fetch what was paid for; seconds. */
const KEEP_ENDED = 86_400;
const EVERY_MS = 10 * 60_000;

/** Under these names a job's content is pinned; content that somebody else pinned since carries another name and stays. */
export const pinName = (work: Pick<Work, "orderId" | "job">, part: string): string => `depin ${workId(work)} ${part}`;

const pinsSchema = z.object({ pins: z.array(z.object({ cid: z.string(), name: z.string() })) });

/** Forgets jobs that ended a day ago: their rows, and on the storage node the pins of their content. */
export function createForgetter(ctx: NodeContext): { forgetOld(): void } {
	let notBefore = 0;

	async function forget(): Promise<void> {
		const now = ctx.clock.now();
		ctx.board.prune(now);
		const old = ctx.works.endedBefore(now - KEEP_ENDED);
		if (old.length === 0) return;
		await unpin(ctx, old);
		for (const work of old) ctx.works.forget(work);
	}

	return {
		forgetOld() {
			if (performance.now() < notBefore) return;
			notBefore = performance.now() + EVERY_MS;
			// Nothing waits for this; what could not be forgotten now is forgotten next time.
			forget().catch((error: unknown) => {
				if (!ctx.signal.aborted)
					ctx.log.warn({ cause: oneLine(error) }, "forgetting old jobs failed, trying again later");
			});
		},
	};
}

async function unpin({ config, signal }: NodeContext, works: Work[]): Promise<void> {
	const { url, token } = config.storage;
	const request = { headers: { authorization: `Bearer ${token}` }, signal };
	const listed = await fetch(new URL("/v1/pins", url), request);
	if (!listed.ok) throw new Error(`the storage node answered ${listed.status} to GET /v1/pins`);
	const prefixes = works.map((work) => pinName(work, ""));
	for (const { cid, name } of pinsSchema.parse(await listed.json()).pins) {
		if (!prefixes.some((prefix) => name.startsWith(prefix))) continue;
		const removed = await fetch(new URL(`/v1/pins/${cid}`, url), { ...request, method: "DELETE" });
		if (!removed.ok && removed.status !== 404)
			throw new Error(`the storage node answered ${removed.status} to DELETE /v1/pins/${cid}`);
	}
}
