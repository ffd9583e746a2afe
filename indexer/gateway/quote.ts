// Who could take an order, and what stands in the way: a pure function of what nodes say, what the mirror says of them,
// and the order. Nothing here knows of time or network.
import {
	auditsNeeded,
	type Heartbeat,
	type IndexedNode,
	type QuoteConstraint,
	type QuoteJson,
	type QuoteQuestion,
	quoteConstraints,
	tiers,
} from "depin/indexer";

/** A node that is heard of and active on chain. */
export type Candidate = {
	heartbeat: Heartbeat;
	row: Pick<IndexedNode, "stake" | "locked" | "unbonding" | "open" | "maxOpen">;
};
/** Medians over the class's last jobs, seconds. */
export type ClassHistory = { claimSeconds: number | null; containerSeconds: number | null; samples: number };
export type QuoteParts = {
	question: QuoteQuestion;
	candidates: readonly Candidate[];
	history: ClassHistory;
	/** Jobs checked by chance, in 1/10000; 0 on a Market without audits. */
	auditBps: number;
	block: number;
};

type Test = {
	asked: string;
	passes: boolean;
	/** What would have to be asked for this node to pass. */
	to: string;
};
type Judged = { node: Candidate; tests: Record<QuoteConstraint, Test>; failing: QuoteConstraint[]; least: bigint };

/** Maximal run less the allowances the sdk adds: what a node may have to work for a fixed price, seconds. */
const ALLOWANCES = 600 + 300;
/** As many ways to relax one constraint as a person would read. */
const MOST_STEPS = 3;

export function quote({ question, candidates, history, auditBps, block }: QuoteParts): QuoteJson {
	const judged = candidates.map((node) => judge(question, node));
	const meets = judged.filter(({ failing }) => failing.length === 0);
	const roomy = meets.filter(({ node }) => room(question, node) > 0);
	const freeJobs = roomy.reduce((sum, { node }) => sum + room(question, node), 0);
	const needed = auditsNeeded({ ...question, maxPrice: BigInt(question.maxPrice), bond: BigInt(question.bond) });
	return {
		block,
		live: judged.length,
		constraints: funnel(question, judged),
		free: roomy.length,
		freeJobs: Math.min(freeJobs, question.jobs),
		relax: relaxations(judged, meets.length),
		...clearing(question, judged),
		start: expectedStart(question, roomy.length > 0 ? roomy : meets, history),
		deterrence: { holds: needed !== undefined && auditBps >= needed, auditBps, neededBps: needed ?? null },
	};
}

function judge(question: QuoteQuestion, node: Candidate): Judged {
	const { heartbeat, row } = node;
	const { resources } = question;
	const least = leastPrice(question, heartbeat);
	const spare = row.stake - row.locked - row.unbonding;
	const atMost = (asked: number | bigint, has: number | bigint): Test => ({
		asked: String(asked),
		passes: asked <= has,
		to: String(has < 0 ? 0 : has),
	});
	const named = question.node?.toLowerCase() ?? null;
	const strongest = heartbeat.tiers.toSorted((a, b) => level(b) - level(a))[0] ?? "container";
	const tests: Record<QuoteConstraint, Test> = {
		class: {
			asked: String(question.class),
			passes: heartbeat.class === question.class,
			to: String(heartbeat.class),
		},
		node: { asked: named ?? "any", passes: named === null || named === heartbeat.node, to: "any" },
		bond: atMost(BigInt(question.bond), spare),
		tier: {
			asked: question.tier,
			// A minimum: what is isolated further will do.
			passes: heartbeat.tiers.some((tier) => level(tier) >= level(question.tier)),
			to: strongest,
		},
		network: {
			asked: question.network,
			passes:
				question.network === "none" || (heartbeat.egress ?? []).some((tier) => level(tier) >= level(question.tier)),
			to: "none",
		},
		cpus: atMost(resources.cpus, heartbeat.total.cpus),
		memoryMiB: atMost(resources.memoryMiB, heartbeat.total.memoryMiB),
		gpus: atMost(resources.gpus, heartbeat.total.gpus),
		diskMiB: atMost(resources.diskMiB, heartbeat.total.diskMiB),
		maxPrice: { asked: question.maxPrice, passes: BigInt(question.maxPrice) >= least, to: String(least) },
	};
	return { node, tests, failing: quoteConstraints.filter((name) => !tests[name].passes), least };
}

const level = (tier: string): number => tiers.findIndex((one) => one === tier);

/** What the node works for, in the order's own unit; the same rule by which role `node` decides. */
function leastPrice({ metered, maxRun }: QuoteQuestion, { price }: Heartbeat): bigint {
	const perSecond = BigInt(price.minPerSecond);
	if (metered) return perSecond;
	const forAll = perSecond * BigInt(Math.max(0, maxRun - ALLOWANCES));
	const perJob = BigInt(price.min);
	return forAll > perJob ? forAll : perJob;
}

/** Jobs of this order that the node could start now. */
function room({ resources, jobs }: QuoteQuestion, { heartbeat: { free }, row }: Candidate): number {
	const fit = (has: number, asked: number) => (asked === 0 ? jobs : Math.floor(has / asked + 1e-9));
	return Math.max(
		0,
		Math.min(
			jobs,
			row.maxOpen - row.open,
			free.slots,
			fit(free.cpus, resources.cpus),
			fit(free.memoryMiB, resources.memoryMiB),
			fit(free.gpus, resources.gpus),
			fit(free.diskMiB, resources.diskMiB),
		),
	);
}

function funnel(question: QuoteQuestion, judged: readonly Judged[]): QuoteJson["constraints"] {
	const asked = askedOf(question);
	let left = judged;
	return quoteConstraints.map((constraint) => {
		left = left.filter(({ tests }) => tests[constraint].passes);
		const passing = judged.filter(({ tests }) => tests[constraint].passes).length;
		return { constraint, asked: asked[constraint], passing, remaining: left.length };
	});
}

function askedOf({ resources, ...question }: QuoteQuestion): Record<QuoteConstraint, string> {
	const { cpus, memoryMiB, gpus, diskMiB } = resources;
	return {
		class: String(question.class),
		node: question.node?.toLowerCase() ?? "any",
		bond: question.bond,
		tier: question.tier,
		network: question.network,
		cpus: String(cpus),
		memoryMiB: String(memoryMiB),
		gpus: String(gpus),
		diskMiB: String(diskMiB),
		maxPrice: question.maxPrice,
	};
}

/**
 * Single constraints whose relaxing wins nodes, in steps from the least change on. When no single one does and nobody
 * meets all, the fewest that must give way together.
 */
function relaxations(judged: readonly Judged[], meeting: number): QuoteJson["relax"] {
	const size = (count: number) => judged.filter(({ failing }) => failing.length === count);
	const single = quoteConstraints.flatMap((constraint) => {
		const nodes = size(1).filter(({ failing }) => failing[0] === constraint);
		return steps(constraint, nodes);
	});
	if (single.length > 0 || meeting > 0 || judged.length === 0) return single;
	const fewest = Math.min(...judged.map(({ failing }) => failing.length));
	const together = Map.groupBy(size(fewest), ({ failing }) => failing.join(" "));
	const groups = [...together.values()].sort((a, b) => b.length - a.length).slice(0, MOST_STEPS);
	return groups.map((nodes) => ({
		changes: (nodes[0]?.failing ?? []).map((constraint) => loosest(constraint, nodes)),
		gains: nodes.length,
	}));
}

/** Changes of one constraint, each winning more nodes than the one before. */
function steps(constraint: QuoteConstraint, nodes: readonly Judged[]): QuoteJson["relax"] {
	const values = [...new Set(nodes.map(({ tests }) => tests[constraint].to))].sort(byChange(constraint));
	const chosen = values.length <= MOST_STEPS ? values : [...values.slice(0, MOST_STEPS - 1), ...values.slice(-1)];
	const asked = nodes[0]?.tests[constraint].asked ?? "";
	return chosen.map((to) => ({
		changes: [{ constraint, asked, to }],
		gains: nodes.filter(({ tests }) => isWithin(constraint, tests[constraint].to, to)).length,
	}));
}

function loosest(constraint: QuoteConstraint, nodes: readonly Judged[]) {
	const values = nodes.map(({ tests }) => tests[constraint].to).sort(byChange(constraint));
	return { constraint, asked: nodes[0]?.tests[constraint].asked ?? "", to: values.at(-1) ?? "" };
}

const choices: readonly QuoteConstraint[] = ["class", "node", "network"];
const amount = (constraint: QuoteConstraint, value: string) => (constraint === "tier" ? level(value) : Number(value));

/** Whether a node that needs `wanted` passes once the order says `said`. */
function isWithin(constraint: QuoteConstraint, wanted: string, said: string): boolean {
	if (choices.includes(constraint)) return wanted === said;
	const [has, asked] = [amount(constraint, wanted), amount(constraint, said)];
	return constraint === "maxPrice" ? has <= asked : has >= asked;
}

/** From the least change of what was asked to the greatest: a price goes up, everything else goes down. */
function byChange(constraint: QuoteConstraint): (a: string, b: string) => number {
	if (choices.includes(constraint)) return (a, b) => a.localeCompare(b, "en", { numeric: true });
	const up = constraint === "maxPrice" ? 1 : -1;
	return (a, b) => up * (amount(constraint, a) - amount(constraint, b));
}

function clearing(question: QuoteQuestion, judged: readonly Judged[]): Pick<QuoteJson, "clears" | "clearsAll"> {
	const bids = judged
		.filter(({ failing }) => failing.every((constraint) => constraint === "maxPrice"))
		.map(({ node, least }) => ({ least, jobs: room(question, node) }))
		.filter(({ jobs }) => jobs > 0)
		.sort((a, b) => (a.least < b.least ? -1 : a.least > b.least ? 1 : 0));
	let jobs = 0;
	const last = bids.find((bid) => {
		jobs += bid.jobs;
		return jobs >= question.jobs;
	});
	return { clears: bids[0]?.least.toString() ?? null, clearsAll: last?.least.toString() ?? null };
}

function expectedStart(question: QuoteQuestion, takers: readonly Judged[], history: ClassHistory): QuoteJson["start"] {
	const { claimSeconds, containerSeconds, samples } = history;
	const named = [...question.images, ...question.contents];
	const isWarm = ({ node: { heartbeat } }: Judged) => {
		const held = new Set([...heartbeat.warm.images, ...heartbeat.warm.contents]);
		return named.length > 0 && named.every((name) => held.has(name));
	};
	const ramps = takers.map(({ least }) => rampSeconds(question, least));
	const ramp = ramps.length === 0 ? null : Math.min(...ramps);
	const known = ramp !== null && containerSeconds !== null;
	return {
		seconds: known ? Math.max(ramp, claimSeconds ?? 0) + containerSeconds : null,
		rampSeconds: ramp,
		claimSeconds,
		containerSeconds,
		samples,
		warm: takers.filter(isWarm).length,
	};
}

/** Seconds after posting at which the climbing price reaches what the node works for. */
function rampSeconds({ startPrice, maxPrice, rampFor }: QuoteQuestion, least: bigint): number {
	const [from, to] = [BigInt(startPrice), BigInt(maxPrice)];
	if (rampFor === 0 || from >= to || least <= from) return 0;
	return Number(((least - from) * BigInt(rampFor) + (to - from) - 1n) / (to - from));
}
