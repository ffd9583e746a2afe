import { importPath, parseCid, upload } from "depin/storage";
import { isAbort, oneLine } from "../runtime/errors.ts";
import { retry } from "../runtime/loop.ts";
import { loadBundle } from "./bundle.ts";
import type { ContentCache } from "./content.ts";
import type { NodeContext } from "./context.ts";
import { pinName } from "./forget.ts";
import { type Work, workId } from "./works.ts";

const ATTEMPTS = 20;
const MIB = 2 ** 20;

type HeldInput = { cid: string; path: string; bytes: number };

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
		const { manifest } = await loadBundle(ctx, work);
		const holder = `answer ${workId(work)}`;
		try {
			const held = await holdAll(new Set(manifest.spec.inputs.map(({ cid }) => cid)), holder);
			const { orderId, job } = work;
			const bytes = held.reduce((sum, input) => sum + input.bytes, 0);
			if (bytes > ctx.config.handOverMaxMiB * MIB)
				return ctx.log.warn(
					{ orderId, job, bytes },
					"challenged: its inputs are larger than handOverMaxMiB, so jurors have them from the consumer or abstain",
				);
			ctx.log.info({ orderId, job, inputs: await handOver(work, held) }, "challenged: handed inputs to the jurors");
		} finally {
			await cache.release(holder);
		}
	}

	/** All of them before the first travels: room made for something else meanwhile must not cost the last. */
	async function holdAll(cids: ReadonlySet<string>, holder: string): Promise<HeldInput[]> {
		const held = [...cids].map(async (cid) => ({ cid, found: await cache.holdInput(cid, holder) }));
		return (await Promise.all(held)).flatMap(({ cid, found }) => (found ? [{ cid, ...found }] : []));
	}

	async function handOver(work: Work, held: readonly HeldInput[]): Promise<string[]> {
		const handed: string[] = [];
		for (const { cid, path } of held) {
			const dag = await importPath(path);
			// Cut into blocks another way, it has another name, and nobody asks for that.
			if (!dag.root.equals(parseCid(cid))) continue;
			await upload(ctx.content, dag, { name: pinName(work, `input ${cid}`), signal: ctx.signal });
			handed.push(cid);
		}
		return handed;
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
