import { needsOf } from "depin/jobs";
import { encodeAbiParameters, type Hex, hexToBigInt, isAddressEqual, keccak256 } from "viem";
import { egressRefusal } from "../egress/allowance.ts";
import { oneLine } from "../runtime/errors.ts";
import { backoffMs } from "../runtime/loop.ts";
import type { PostedOrder } from "./board.ts";
import { loadBundle, type OrderBundle } from "./bundle.ts";
import { sendClaim } from "./claim.ts";
import type { ContentCache } from "./content.ts";
import { ContentFailure } from "./contentFailure.ts";
import type { NodeContext } from "./context.ts";
import { type Decision, decide, type NodeFacts, type TaskNeeds } from "./decide.ts";
import type { Jobs } from "./jobs.ts";
import { deniedBy, miningHint, type Workload } from "./policy.ts";
import { workId } from "./works.ts";

/** Between nodes that may all claim now, so that the first one's claim is seen by the next. */
const RANK_STEP_MS = 150;
const LONGEST_RANK_MS = 3_000;
/** Content is fetched ahead of the claim when the claim is this near; seconds. */
const PREFETCH_AHEAD = 30;

export type Offers = {
	/** Looks at every open order now. Call at each head, when capacity came free, when a stake changed. */
	consider(): void;
	/** The facts `decide` wants, as of now. */
	facts(): NodeFacts;
	/** A job of this order to claim along with a submit, with its capacity reserved; undefined when there is none. */
	nextOf(posted: PostedOrder, bundle: OrderBundle): number | undefined;
};

type Known = { bundle?: OrderBundle; denied?: boolean; reading?: boolean; failures: number; notBefore: number };

export type OffersOptions = { ctx: NodeContext; cache: ContentCache; jobs: () => Jobs };

export function createOffers({ ctx, cache, jobs }: OffersOptions): Offers {
	/** Manifest of an order, while it is open; a failure waits for its time. */
	const manifests = new Map<Hex, Known>();
	/** Jobs not to be tried before a time of this process's clock: our rank's turn, or a refused claim. */
	const turns = new Map<string, { orderId: Hex; notBefore: number; refusals: number }>();
	const said = new Map<Hex, string>();
	let timer: NodeJS.Timeout | undefined;

	const facts = (): NodeFacts => {
		const chain = ctx.facts.now();
		return {
			...chain,
			node: ctx.account.address,
			maxOpen: Math.min(chain.maxOpen, ctx.config.maxOpen ?? chain.maxOpen),
			tiers: ctx.tiers.offered(),
			tiersRejected: ctx.tiers.rejected(),
			tiersConnected: ctx.tiers.connected(),
			tierFloor: ctx.config.tierFloor,
			capacity: { total: ctx.ledger.total, free: ctx.ledger.free() },
			diskRoomMiB: diskRoomMiB(),
			price: ctx.config.price,
		};
	};

	function diskRoomMiB(): number {
		const promised = ctx.ledger.total.diskMiB - ctx.ledger.free().diskMiB;
		const room = ctx.cache.room("outputs") / 2 ** 20 - promised;
		ctx.metrics.diskRoom.set(Math.max(0, room) * 2 ** 20);
		return room;
	}

	function consider(): void {
		if (ctx.draining.aborted) return;
		clearTimeout(timer);
		let nextMs = Number.POSITIVE_INFINITY;
		const open = ctx.board.openOrders(ctx.clock.now());
		forgetAllBut(new Set(open.map(({ id }) => id)));
		for (const posted of open) nextMs = Math.min(nextMs, considerOrder(posted));
		// New heads look again anyway; this is for what falls between two of them.
		if (Number.isFinite(nextMs)) timer = setTimeout(consider, Math.max(5, Math.min(nextMs, 60_000))).unref();
	}

	/** What is kept of an order goes with it: anybody may post any number of them. */
	function forgetAllBut(open: ReadonlySet<Hex>): void {
		for (const id of manifests.keys()) if (!open.has(id)) manifests.delete(id);
		for (const id of said.keys()) if (!open.has(id)) said.delete(id);
		for (const [key, { orderId }] of turns) if (!open.has(orderId)) turns.delete(key);
	}

	/** Returns in how many milliseconds it is worth looking again. */
	function considerOrder(posted: PostedOrder): number {
		let nextMs = Number.POSITIVE_INFINITY;
		for (const job of ctx.board.openJobs(posted, Math.max(1, ctx.ledger.free().slots))) {
			const key = { orderId: posted.id, job };
			if (jobs().has(key)) continue;
			const known = manifests.get(posted.id);
			const decision = decide(offerOf(posted, job), known && taskNeeds(posted, known), facts(), ctx.clock.now());
			say(posted, decision);
			if (decision.kind === "read-manifest") readManifest(posted);
			if (decision.kind === "wait") nextMs = Math.min(nextMs, wait(posted, decision.until));
			if (decision.kind === "claim" && known?.bundle) nextMs = Math.min(nextMs, claimInTurn(posted, job, known.bundle));
		}
		return nextMs;
	}

	function offerOf({ id, order, postedAt }: PostedOrder, job: number) {
		const failedBefore = ctx.board.failedBefore({ orderId: id, job });
		return { orderId: id, job, order, postedAt, closed: false, taken: false, failedBefore };
	}

	function taskNeeds(posted: PostedOrder, { bundle, denied = false }: Known): TaskNeeds | undefined {
		if (!bundle) return undefined;
		const task = needs(posted, bundle);
		return { ...task, denied: denied || task.denied };
	}

	function needs({ order }: PostedOrder, bundle: OrderBundle): TaskNeeds {
		const { spec } = bundle.manifest;
		const denied = whyDenied({ spec, consumer: order.consumer }) !== undefined;
		return { ...needsOf(spec), tier: spec.tier, denied, connected: spec.network !== "none" };
	}

	/** A node that lets nobody out does not offer it, which is no refusal of this order. */
	function whyDenied(work: Workload): string | undefined {
		const { policy, egress } = ctx.config;
		return deniedBy(policy, work) ?? (egress && egressRefusal(egress, work.spec.network));
	}

	/** Once an order, when its manifest has come. */
	function sayPolicy({ id, order }: PostedOrder, { manifest: { spec } }: OrderBundle): void {
		const work = { spec, consumer: order.consumer };
		const reason = whyDenied(work);
		if (reason !== undefined) ctx.log.info({ orderId: id, reason }, "the policy refuses this order");
		const word = miningHint(work);
		if (word !== undefined)
			ctx.log.warn({ orderId: id, word }, "this order looks like coin mining; it is not refused for that");
	}

	async function readAndJudge(posted: PostedOrder): Promise<{ bundle: OrderBundle; denied: boolean }> {
		const bundle = await loadBundle(ctx, posted);
		sayPolicy(posted, bundle);
		try {
			await cache.demandAllowed(bundle.manifest.spec, ctx.signal);
			return { bundle, denied: false };
		} catch (error) {
			if (!(error instanceof ContentFailure && error.reason === "image-unsigned")) throw error;
			ctx.log.info({ orderId: posted.id, reason: error.message }, "the signature policy refuses this order");
			return { bundle, denied: true };
		}
	}

	function readManifest(posted: PostedOrder): void {
		const known = manifests.get(posted.id) ?? { failures: 0, notBefore: 0 };
		if (known.reading || performance.now() < known.notBefore) return;
		manifests.set(posted.id, { ...known, reading: true });
		readAndJudge(posted).then(
			({ bundle, denied }) => {
				manifests.set(posted.id, { ...known, bundle, denied });
				consider();
			},
			(error: unknown) => {
				const failures = known.failures + 1;
				manifests.set(posted.id, { failures, notBefore: performance.now() + backoffMs(failures, { baseMs: 1_000 }) });
				if (!ctx.signal.aborted)
					ctx.log.warn({ orderId: posted.id, failures, cause: oneLine(error) }, "cannot judge the order yet");
			},
		);
	}

	function wait(posted: PostedOrder, until: number | undefined): number {
		if (until === undefined) return Number.POSITIVE_INFINITY;
		const left = until - ctx.clock.now();
		const bundle = manifests.get(posted.id)?.bundle;
		// A failure is met again, and reported, when the job is ours.
		if (bundle && left <= PREFETCH_AHEAD) prefetch(posted, bundle).catch(() => {});
		return left * 1000;
	}

	/** Held only while it is fetched; from the claim on the job holds it. */
	async function prefetch({ id }: PostedOrder, { manifest, sources }: OrderBundle): Promise<void> {
		const holder = `prefetch ${id}`;
		await cache.ensure(manifest.spec, { holder, sources, signal: ctx.signal }).finally(() => cache.release(holder));
	}

	/** Claims, or returns the milliseconds until it is our turn. */
	function claimInTurn(posted: PostedOrder, job: number, bundle: OrderBundle): number {
		const id = workId({ orderId: posted.id, job });
		const turn = turns.get(id) ?? {
			orderId: posted.id,
			notBefore: performance.now() + rankMs(posted, job),
			refusals: 0,
		};
		turns.set(id, turn);
		const left = turn.notBefore - performance.now();
		if (left > 0) return left;
		const lease = ctx.ledger.reserve(id, needsOf(bundle.manifest.spec));
		if (!lease) return Number.POSITIVE_INFINITY;
		const admission = sendClaim(ctx, posted, job);
		admission.confirmed.catch(() => {
			const refusals = turn.refusals + 1;
			turns.set(id, { ...turn, refusals, notBefore: performance.now() + backoffMs(refusals, { baseMs: 1_000 }) });
		});
		const work = ctx.works.get({ orderId: posted.id, job });
		if (work) jobs().begin(work, bundle, lease, admission);
		return Number.POSITIVE_INFINITY;
	}

	/** How many active nodes the draw puts before us, in time. */
	function rankMs({ id, order }: PostedOrder, job: number): number {
		if (isAddressEqual(order.node, ctx.account.address)) return 0;
		const draw = (node: Hex) => {
			const types = [{ type: "bytes32" }, { type: "uint32" }, { type: "address" }] as const;
			return BigInt.asUintN(64, hexToBigInt(keccak256(encodeAbiParameters(types, [id, job, node]))));
		};
		const ours = draw(ctx.account.address);
		const before = ctx.board.roster().filter((node) => draw(node) < ours).length;
		return Math.min(before * RANK_STEP_MS, LONGEST_RANK_MS);
	}

	/** One line per order and change of mind. */
	function say({ id }: PostedOrder, decision: Decision): void {
		const what =
			decision.kind === "ignore" || decision.kind === "wait" ? `${decision.kind}: ${decision.because}` : decision.kind;
		if (said.get(id) === what) return;
		said.set(id, what);
		ctx.metrics.decisions.inc({ decision: what.replace(": ", "-") });
		ctx.log.info({ orderId: id, decision: what }, "order seen");
	}

	return {
		consider,
		facts,
		nextOf(posted, bundle) {
			if (ctx.draining.aborted) return undefined;
			const [job] = ctx.board.openJobs(posted, 1);
			if (job === undefined || jobs().has({ orderId: posted.id, job })) return undefined;
			return decide(offerOf(posted, job), needs(posted, bundle), facts(), ctx.clock.now()).kind === "claim"
				? job
				: undefined;
		},
	};
}
