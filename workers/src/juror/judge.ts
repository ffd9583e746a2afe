import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { getJobFacts } from "depin/actions";
import {
	type Comparison,
	compareOutputs,
	type JobSpec,
	ManifestInvalidError,
	needsOf,
	reasons,
	specOfTask,
} from "depin/jobs";
import { ContentUnavailableError, digestOfCid } from "depin/storage";
import { zeroHash } from "viem";
import { loadBundle, type OrderBundle } from "../node/bundle.ts";
import type { ContentCache } from "../node/content.ts";
import { ContentFailure } from "../node/contentFailure.ts";
import type { NodeContext } from "../node/context.ts";
import { runAgain } from "../node/runAgain.ts";
import { ourLabels, reasonOfFailure } from "../node/runTask.ts";
import { sleep } from "../runtime/loop.ts";
import type { OpenDispute } from "./duties.ts";
import { fetchClaimed, outputsIn } from "./outputs.ts";
import { readPublished } from "./published.ts";
import { type Finding, type Obtained, type Reasoned, voteOf } from "./vote.ts";

/** Between two looks for content that its node may still hand over; milliseconds. */
const ASK_AGAIN_MS = 2_000;

export type Case = {
	ctx: NodeContext;
	cache: ContentCache;
	dispute: OpenDispute;
	round: number;
	/** Until then the node may hand over its content; unix seconds. */
	dataBy: number;
};

/** Looks at a disputed task and, where that can tell something, runs it again. Leaves nothing behind. */
export async function judge(duty: Case): Promise<Reasoned> {
	const { ctx, dispute } = duty;
	const { signal } = ctx;
	const facts = await getJobFacts(ctx.client, dispute);
	const bundle = await loadOrNothing(ctx, facts);
	// The manifest is the consumer's to provide: without it nobody is to blame for the result.
	if (!bundle) return abstention("nobody can have the order's manifest");
	const spec = specOfTask(bundle.manifest, dispute.index);
	const dir = join(ctx.stateDir, "jury", `${dispute.dispute.slice(2, 18)}-${duty.round}`);
	await rm(dir, { recursive: true, force: true });
	await mkdir(dir, { recursive: true, mode: 0o700 });
	const claimedDir = join(dir, "claimed");
	const look = async () => {
		const { tasks, content, sources } = await readPublished(ctx.content, facts, bundle, signal);
		const stated = tasks?.find(({ index }) => index === dispute.index);
		const digest = dispute.claimed?.digest ?? stated?.outputDigest;
		const fetched = digest !== undefined && (await fetchClaimed(content, digest, spec, { folder: claimedDir, signal }));
		return { published: stated !== undefined && fetched, fetched, sources };
	};
	try {
		const { claimed } = dispute;
		const first = await look();
		const judged = { match: spec.match, timeout: spec.timeout, claimed };
		const compared =
			claimed && matters(spec) ? await runAndCompare(duty, bundle, { spec, claimedDir, ...first }) : nothing;
		const finding = (published: boolean): Finding => ({ ...judged, ...compared, published });
		let { published } = first;
		// Nobody is condemned for content that may come yet.
		while (!published && voteOf(finding(false)).vote.verdict === "unavailable" && ctx.clock.now() < duty.dataBy) {
			await sleep(ASK_AGAIN_MS, signal);
			({ published } = await look());
		}
		return voteOf(finding(published));
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
}

const nothing = { obtained: undefined, comparison: undefined };
const matters = ({ match }: JobSpec) => match !== "none";

async function loadOrNothing(
	ctx: NodeContext,
	facts: Parameters<typeof loadBundle>[1],
): Promise<OrderBundle | undefined> {
	try {
		return await loadBundle(ctx, facts);
	} catch (error) {
		if (error instanceof ManifestInvalidError || error instanceof ContentUnavailableError) return undefined;
		throw error;
	}
}

async function runAndCompare(
	{ ctx, cache, dispute, round, dataBy }: Case,
	bundle: OrderBundle,
	{ spec, claimedDir, fetched, sources }: { spec: JobSpec; claimedDir: string; fetched: boolean; sources: string[] },
): Promise<{ obtained: Obtained; comparison: Comparison | undefined }> {
	const digest = dispute.claimed?.digest ?? zeroHash;
	const name = `depin-${ctx.account.address.slice(2, 10).toLowerCase()}-jury-${dispute.dispute.slice(2, 14)}-${round}`;
	// Room or not, silence would cost a slice of the stake.
	const lease = ctx.ledger.reserve(name, needsOf(spec)) ?? { gpuUuids: [] };
	const labels = { ...ourLabels(ctx), "depin.dispute": dispute.dispute };
	const dir = join(ctx.stateDir, "jobs", name);
	const { engine, host, tiers, egress, signal } = ctx;
	const own = { engine, host, tiers, egress, signal, cache, name, labels, dir, spec };
	const from = [...bundle.sources, ...sources];
	const rest = { index: dispute.index, sources: from, gpuUuids: lease.gpuUuids };
	try {
		await untilHere(() => cache.ensure(spec, { holder: name, sources: from, signal }), { ctx, dataBy });
		return await runAgain({ ...own, ...rest }, async ({ outputs, reason, seconds }, outputsDir) => {
			const obtained = { digest: digestOfCid(outputs.root), status: reasons[reason].status, seconds };
			const comparable = fetched || spec.match === "exact" || digest === obtained.digest;
			const theirs = outputsIn(claimedDir, digest);
			const ours = outputsIn(outputsDir, obtained.digest, outputs);
			return { obtained, comparison: comparable ? await compareOutputs(spec.match, theirs, ours) : undefined };
		});
	} catch (error) {
		const failure = reasonOfFailure(error);
		if (!failure) throw error;
		return { obtained: { impossible: failure.detail }, comparison: undefined };
	} finally {
		ctx.ledger.release(name);
		await cache.release(name);
	}
}

/** What the consumer took back, the node may still hand over. */
async function untilHere(fetch: () => Promise<unknown>, { ctx, dataBy }: Pick<Case, "ctx" | "dataBy">): Promise<void> {
	for (;;) {
		try {
			await fetch();
			return;
		} catch (error) {
			const missing = error instanceof ContentFailure && error.reason.endsWith("-missing");
			if (!missing || ctx.clock.now() >= dataBy) throw error;
			await sleep(ASK_AGAIN_MS, ctx.signal);
		}
	}
}

function abstention(because: string): Reasoned {
	return { vote: { verdict: "inconclusive", digest: zeroHash }, because };
}
