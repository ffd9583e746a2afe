import { type Order, packTerms, SUBMIT_GRACE } from "depin";
import { marketAbi } from "depin/abi";
import { parseEventLogs, type TransactionReceipt } from "viem";
import { oneLine } from "../runtime/errors.ts";
import type { Transacted } from "../runtime/transact.ts";
import type { PostedOrder } from "./board.ts";
import type { NodeContext } from "./context.ts";
import { JobLostError } from "./live.ts";
import { readOwnership } from "./ownership.ts";
import type { Admission } from "./runTask.ts";
import type { WorkKey } from "./works.ts";

/** Sends the claim, its row written before. */
export function sendClaim(ctx: NodeContext, posted: PostedOrder, job: number): Admission {
	const { order, id: orderId, uri, postedAt } = posted;
	ctx.works.begin({ orderId, job, order, uri, postedAt });
	const options = {
		already: async () => (await readOwnership(ctx, { order, job })).kind === "ours",
		tooLate: () => ctx.clock.now() >= postedAt + order.openFor,
	};
	return admission(ctx, { orderId, job, order }, (onSent) =>
		ctx.transactor.transact("claim", [packTerms(order), job], { ...options, onSent }),
	);
}

/**
 * What a job may do while the transaction that claims it is under way. `started` resolves once the endpoint took a claim
 * that was good on the pending state: from then on only a reorganisation or a race can take the job away, and losing it
 * costs nothing but compute.
 */
export function admission(
	ctx: NodeContext,
	claimed: WorkKey & { order: Order },
	send: (onSent: () => void) => Promise<Transacted>,
): Admission {
	const taken = Promise.withResolvers<void>();
	const confirmed = send(taken.resolve).then(
		(done) => noteClaim(ctx, claimed, done.status === "mined" ? done.receipt : undefined),
		(error: unknown) => {
			if (ctx.signal.aborted) throw error; // open what happened; the next start asks the chain
			ctx.works.forget(claimed);
			throw new JobLostError(`the claim failed: ${oneLine(error)}`);
		},
	);
	confirmed.then(taken.resolve, taken.reject);
	taken.promise.catch(() => {});
	return { started: taken.promise, confirmed };
}

/** Writes claim time and deadline from the receipt, or from the chain when another transaction of ours had claimed. */
async function noteClaim(
	ctx: NodeContext,
	claimed: WorkKey & { order: Order },
	receipt: TransactionReceipt | undefined,
): Promise<void> {
	const { order, ...key } = claimed;
	const deadline = receipt && claimedDeadline(ctx, key, receipt);
	if (deadline !== undefined) {
		ctx.works.update(key, { step: "running", claimedAt: deadline - firstSpan(order), deadline });
		return;
	}
	const owner = await readOwnership(ctx, { order, job: key.job });
	if (owner.kind !== "ours") throw new JobLostError("the claim did not last");
	ctx.works.update(key, {
		step: "running",
		claimedAt: owner.claimedAt,
		deadline: owner.deadline,
		stopped: owner.stopped,
	});
}

function claimedDeadline(
	{ account }: NodeContext,
	{ orderId, job }: WorkKey,
	{ logs }: TransactionReceipt,
): number | undefined {
	const claims = parseEventLogs({
		abi: marketAbi,
		eventName: "Claimed",
		logs,
		args: { id: orderId, job, node: account.address },
	});
	return claims[0]?.args.deadline;
}

/** From the claim to its first deadline, as the Market sets it. */
function firstSpan({ maxRun, beatEvery }: Order): number {
	return beatEvery === 0 ? maxRun : Math.min(maxRun, Math.max(beatEvery, SUBMIT_GRACE));
}
