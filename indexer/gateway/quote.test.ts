import assert from "node:assert/strict";
import { test } from "node:test";
import { type Heartbeat, type QuoteRequest, quoteRequestSchema, quoteSchema } from "depin/indexer";
import { heartbeat } from "../../sdk/src/indexer/heartbeat.fixture.ts";
import { type Candidate, type QuoteParts, quote } from "./quote.ts";

const noHistory = { claimSeconds: null, containerSeconds: null, samples: 0 };
const small: QuoteRequest = {
	class: 1,
	startPrice: "500",
	maxPrice: "500",
	maxRun: 1_500,
	bond: "50",
	resources: { cpus: 2, memoryMiB: 1_024, gpus: 0, diskMiB: 100 },
};

let nodes = 0;
/** A node of 8 processors, 16 GiB and 1,000 to spare that works for anything. */
function node(change: Partial<Heartbeat> = {}, row: Partial<Candidate["row"]> = {}): Candidate {
	const address = `0x${String(++nodes).padStart(40, "0")}`;
	return {
		heartbeat: { ...heartbeat(change), node: address },
		row: { stake: 1_000n, locked: 0n, unbonding: 0n, open: 0, maxOpen: 8, ...row },
	};
}
const holding = (cpus: number, more: Partial<Heartbeat["total"]> = {}): Partial<Heartbeat> => {
	const total = { ...heartbeat().total, cpus, ...more };
	return { total, free: total };
};
const asking = (min: string, minPerSecond = "0"): Partial<Heartbeat> => ({ price: { min, minPerSecond } });

function ask(request: Partial<QuoteRequest>, candidates: Candidate[], more: Partial<QuoteParts> = {}) {
	const question = quoteRequestSchema.parse({ ...small, ...request });
	return quoteSchema.parse(quote({ question, candidates, history: noHistory, auditBps: 0, block: 9, ...more }));
}
const remaining = ({ constraints }: ReturnType<typeof ask>) =>
	Object.fromEntries(constraints.map(({ constraint, remaining: left }) => [constraint, left]));
const relaxed = ({ relax }: ReturnType<typeof ask>) =>
	relax.map(({ changes, gains }) => [changes.map(({ constraint, to }) => `${constraint} ${to}`).join(", "), gains]);

test("default", () => {
	const answer = ask({}, [node(), node(holding(1)), node(asking("600")), node({ class: 2 })]);
	assert.equal(answer.live, 4);
	assert.deepEqual(remaining(answer), {
		class: 3,
		node: 3,
		bond: 3,
		tier: 3,
		network: 3,
		cpus: 2,
		memoryMiB: 2,
		gpus: 2,
		diskMiB: 2,
		maxPrice: 1,
	});
	assert.deepEqual([answer.free, answer.freeJobs, answer.clears], [1, 1, 0n]);
	assert.deepEqual(relaxed(answer), [
		["class 2", 1],
		["cpus 1", 1],
		["maxPrice 600", 1],
	]);
});

test("behavior: a network must be there under a tier that is enough", () => {
	const candidates = [
		node(),
		node({ egress: ["container"] }),
		node({ tiers: ["container", "sandbox"], egress: ["container"] }),
	];
	assert.equal(remaining(ask({ network: "egress" }, candidates))["network"], 2);
	assert.equal(remaining(ask({ network: "egress", tier: "sandbox" }, candidates))["network"], 0);
});

test("behavior: a tier is a minimum, and what is relaxed is the strongest that is there", () => {
	const offering = (...tiers: Heartbeat["tiers"]) => node({ tiers });
	const candidates = [offering("container"), offering("container", "sandbox"), offering("vm"), offering()];
	assert.equal(remaining(ask({ tier: "container" }, candidates))["tier"], 3);
	assert.equal(remaining(ask({ tier: "sandbox" }, candidates))["tier"], 2);
	assert.deepEqual(relaxed(ask({ tier: "vm" }, candidates.slice(0, 2))), [
		["tier sandbox", 1],
		["tier container", 2],
	]);
});

test("behavior: of an impossible order it says which constraint to relax, and for how many more", () => {
	const cases: [string, Partial<QuoteRequest>, Candidate[], [string, number][]][] = [
		["nobody alive", {}, [], []],
		[
			"class",
			{ class: 7 },
			[node(), node({ class: 2 })],
			[
				["class 1", 1],
				["class 2", 1],
			],
		],
		["node", { node: `0x${"ab".repeat(20)}` }, [node(), node()], [["node any", 2]]],
		[
			"bond",
			{ bond: "1001" },
			[node(), node({}, { stake: 900n, locked: 200n })],
			[
				["bond 1000", 1],
				["bond 700", 2],
			],
		],
		["tier", { tier: "vm" }, [node()], [["tier container", 1]]],
		["network", { network: "egress" }, [node(), node({ egress: [] })], [["network none", 2]]],
		[
			"cpus",
			{ resources: { ...small.resources, cpus: 100 } },
			[node(), node(holding(64)), node(holding(4))],
			[
				["cpus 64", 1],
				["cpus 8", 2],
				["cpus 4", 3],
			],
		],
		[
			"gpus",
			{ resources: { ...small.resources, gpus: 8 } },
			[node(holding(8, { gpus: 4 })), node()],
			[
				["gpus 4", 1],
				["gpus 0", 2],
			],
		],
		["memory", { resources: { ...small.resources, memoryMiB: 99_999 } }, [node()], [["memoryMiB 16384", 1]]],
		["disk", { resources: { ...small.resources, diskMiB: 200_000 } }, [node()], [["diskMiB 100000", 1]]],
		[
			"price a job",
			{ maxPrice: "1" },
			[node(asking("5")), node(asking("900"))],
			[
				["maxPrice 5", 1],
				["maxPrice 900", 2],
			],
		],
		["price a second", { metered: true, maxPrice: "1" }, [node(asking("0", "3"))], [["maxPrice 3", 1]]],
		["price of all seconds", { maxPrice: "1" }, [node(asking("7", "2"))], [["maxPrice 1200", 1]]],
		["two at once", { tier: "vm", class: 3 }, [node(), node()], [["class 1, tier container", 2]]],
		[
			"the fewest that must give way",
			{ tier: "vm", class: 3, maxPrice: "1" },
			[node(), node(asking("9"))],
			[["class 1, tier container", 1]],
		],
	];
	for (const [name, request, candidates, expected] of cases) {
		const answer = ask(request, candidates);
		assert.equal(remaining(answer)["maxPrice"], 0, name);
		assert.deepEqual(relaxed(answer), expected, name);
	}
});

test("behavior: every change it names does win that many nodes", () => {
	let seed = 5;
	const draw = (most: number) => {
		seed = (seed * 16_807) % 2_147_483_647;
		return seed % most;
	};
	const resourceNames = ["cpus", "memoryMiB", "gpus", "diskMiB"];
	for (let round = 0; round < 200; round++) {
		const candidates = Array.from({ length: 1 + draw(12) }, () =>
			node(
				{ ...holding(1 + draw(8), { memoryMiB: 500 * draw(6) }), ...asking(String(100 * draw(9))), class: 1 + draw(2) },
				{ stake: BigInt(draw(100)) },
			),
		);
		const before = ask({}, candidates);
		for (const { changes, gains } of before.relax) {
			const resources: Record<string, number> = { ...small.resources };
			const request: Record<string, unknown> = { resources };
			for (const { constraint, to } of changes) {
				if (resourceNames.includes(constraint)) resources[constraint] = Number(to);
				else request[constraint] = constraint === "class" ? Number(to) : to;
			}
			const after = ask(request as Partial<QuoteRequest>, candidates);
			const won = (remaining(after)["maxPrice"] ?? 0) - (remaining(before)["maxPrice"] ?? 0);
			// Another class is another crowd: those of the first one are lost.
			if (changes.every(({ constraint }) => constraint !== "class")) assert.equal(won, gains, JSON.stringify(changes));
		}
	}
});

test("behavior: the price that clears counts only room there is now", () => {
	const full = { ...asking("1"), free: { ...heartbeat().free, slots: 0 } };
	const cheap = node({ ...asking("300"), free: { ...heartbeat().free, slots: 1 } });
	const candidates = [node(full), cheap, node(asking("800")), node(asking("2"), { open: 8 })];
	const answer = ask({ jobs: 3 }, candidates);
	assert.deepEqual([answer.free, answer.freeJobs], [1, 1]);
	assert.deepEqual([answer.clears, answer.clearsAll], [300n, 800n]);
	assert.equal(ask({ jobs: 100 }, candidates).clearsAll, null);
	assert.equal(ask({}, [node(full)]).clears, null);
});

test("behavior: the start is the climb, the class's own past, and what is held already", () => {
	const history = { claimSeconds: 3, containerSeconds: 10, samples: 40 };
	const climbing = { startPrice: "0", maxPrice: "500", rampFor: 100 };
	const warm = { warm: { images: ["img"], contents: ["in"] } };
	const answer = ask(
		{ ...climbing, images: ["img"], contents: ["in"] },
		[node({ ...asking("100"), ...warm }), node(asking("400"))],
		{ history },
	);
	assert.deepEqual(answer.start, {
		seconds: 30,
		rampSeconds: 20,
		claimSeconds: 3,
		containerSeconds: 10,
		samples: 40,
		warm: 1,
	});
	assert.equal(ask({}, [node()], { history }).start.seconds, 13);
	assert.equal(ask({}, [node()]).start.seconds, null);
	assert.equal(ask({}, [], { history }).start.seconds, null);
});

test("behavior: the deterrence bound is the specification's", () => {
	const at = (price: number, stake: number, auditBps: number) =>
		ask({ startPrice: String(price), maxPrice: String(price), bond: String(stake) }, [], { auditBps }).deterrence;
	assert.deepEqual(at(1_000, 740_000, 20), { holds: true, auditBps: 20, neededBps: 20 });
	assert.equal(at(1_000, 730_000, 20).holds, false);
	assert.equal(at(1_000, 72_500, 200).holds, true);
	assert.equal(at(1_000, 28_500, 500).holds, true);
	assert.equal(at(1_000, 740_000, 0).holds, false);
	assert.equal(at(1_000, 0, 10_000).neededBps, 8_889);
});
