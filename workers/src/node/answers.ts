import { importPath, parseCid, upload } from "depin/storage";
import { isAbort, oneLine } from "../runtime/errors.ts";
import { retry } from "../runtime/loop.ts";
import { loadBundle } from "./bundle.ts";
import type { ContentCache } from "./content.ts";
import type { NodeContext } from "./context.ts";
import { pinName } from "./forget.ts";
import { type Work, workId } from "./works.ts";

const ATTEMPTS = 20;

export type Answers = {
	/** Answers challenges of our results. Call at each head; what is under way is not begun again. */
	tend(): void;
};

/**
 * When a result of ours is challenged, jurors need what the container was given, and its consumer may have taken it back:
 * who was wrong to doubt us would then be saved by an abstention. So the inputs that lie here go to our storage node, which
 * the statement names. Images are not handed over: the engine holds them in a form that has another CID.
 */
export function createAnswers(ctx: NodeContext, cache: ContentCache): Answers {
	const begun = new Set<string>();

	async function answer(work: Work): Promise<void> {
		const bundle = await loadBundle(ctx, work);
		const { inputs } = bundle.manifest.spec;
		const handed: string[] = [];
		for (const cid of new Set(inputs.map((input) => input.cid))) {
			const path = cache.input(cid);
			const dag = path === undefined ? undefined : await importPath(path);
			// Cut into blocks another way, it has another name, and nobody asks for that.
			if (dag?.root.equals(parseCid(cid)) !== true) continue;
			await upload(ctx.content, dag, { name: pinName(work, `input ${cid}`), signal: ctx.signal });
			handed.push(cid);
		}
		ctx.log.info({ orderId: work.orderId, job: work.job, inputs: handed }, "challenged: handed inputs to the jurors");
	}

	return {
		tend() {
			for (const work of ctx.works.live()) {
				const id = workId(work);
				if (!isChallenged(work) || begun.has(id)) continue;
				begun.add(id);
				// Storage may be restarting; who has given up by the time for handing data over has lost nothing more.
				retry(() => answer(work), { signal: ctx.signal, attempts: ATTEMPTS, maxMs: 15_000 }).catch((error: unknown) => {
					if (isAbort(error)) return;
					ctx.log.warn({ orderId: work.orderId, job: work.job, cause: oneLine(error) }, "could not hand inputs over");
				});
			}
		},
	};
}

/** A challenge moved the time of its payment, as the journal has it: that outlives a kill. */
function isChallenged({ step, receipt, settleableAt = 0, order }: Work): boolean {
	return step === "submitted" && receipt !== undefined && settleableAt > receipt.submittedAt + order.challengeFor;
}
