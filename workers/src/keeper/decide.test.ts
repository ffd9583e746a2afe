import assert from "node:assert/strict";
import { test } from "node:test";
import { type Order, packTerms, type Receipt } from "depin";
import { type Address, type Hex, keccak256, toHex, zeroAddress, zeroHash } from "viem";
import { decide, type KeeperCall } from "./decide.ts";
import type { PanelFacts } from "./panels.ts";
import { emptyState, type KeeperJob, type KeeperState } from "./state.ts";

const POSTED = 1_000_000;
const id = keccak256("0x01");
const node = toHex(7n, { size: 20 });
const jailedNode = toHex(8n, { size: 20 });
const owner = toHex(9n, { size: 20 });

const order = (over: Partial<Order> = {}): Order => ({
	consumer: toHex(1n, { size: 20 }),
	salt: 1n,
	node: zeroAddress,
	lots: 1,
	tasksPerLot: 1,
	replicas: 1,
	quorum: 1,
	metered: false,
	arbiter: zeroAddress,
	challengeFor: 60,
	maxRun: 1_000,
	postBy: POSTED + 600,
	verifier: zeroAddress,
	openFor: 2_000,
	rampFor: 0,
	beatEvery: 0,
	taskRoot: keccak256("0x02"),
	startPrice: 5n,
	maxPrice: 5n,
	failBps: 5_000,
	class: 1,
	bond: 1n,
	feeBps: 200,
	manifest: keccak256("0x03"),
	...over,
});

const receipt = (job: number, by: Address = node): Receipt => ({
	job,
	node: by,
	pay: 5n,
	submittedAt: POSTED + 10,
	digest: id,
});
const submitted = (job: number, by?: Address): KeeperJob => ({
	state: "submitted",
	receipt: receipt(job, by),
	settleFrom: POSTED + 70,
});
const running = (deadline: number, by: Address = node): KeeperJob => ({ state: "running", node: by, deadline });
const ended: KeeperJob = { state: "ended" };

function stateOf(jobs: KeeperJob[], over: Partial<Order> = {}, closed = false): KeeperState {
	const terms = order(over);
	const entry = { terms: packTerms(terms), order: terms, postedAt: POSTED, closed, jobs: new Map(jobs.entries()) };
	return { ...emptyState(), orders: new Map<Hex, typeof entry>([[id, entry]]) };
}

/** A call without the terms, which are the same everywhere here. */
const short = (call: KeeperCall): string => {
	if (call.kind === "settle") return `settle ${call.receipts.map(({ job }) => job)}`;
	if (call.kind === "expire") return `expire ${call.jobs}`;
	if (call.kind === "voidJob") return `void ${call.receipt.job}`;
	if (call.kind === "tally")
		return `tally ${call.lot} ${call.openings.map(({ opened }) => (opened ? "open" : "shut"))}`;
	if ("dispute" in call) return `${call.kind} ${call.dispute}`;
	return call.kind === "sweep" ? `sweep ${call.account}` : "close";
};

/** What every question here has in common. */
const rest = { jailed: new Set([jailedNode]), fees: new Map(), sweepFrom: 10n, challengeFloor: 60, panels: new Map() };

const REPLICAS = { replicas: 3, quorum: 2 };
const sealed = (job: number, opened: boolean): KeeperJob => {
	const seal = { job, node, claimedAt: POSTED + 1, committedAt: POSTED + 50, stopped: false, commitment: zeroHash };
	const digests = {
		resultRoot: id,
		outputsDigest: id,
		statementHash: id,
		evidenceHash: zeroHash,
		shadowCommit: zeroHash,
	};
	return { state: "sealed", seal, ...(opened && { opening: { result: { ...digests, outcome: 0n }, salt: zeroHash } }) };
};

const table: [what: string, state: KeeperState, now: number, expected: string[]][] = [
	["nothing posted", emptyState(), POSTED, []],
	["an open job in time", stateOf([]), POSTED + 2_000, []],
	["an open job over time", stateOf([]), POSTED + 2_001, ["close"]],
	["an open job of a closed order", stateOf([], {}, true), POSTED + 2_001, []],
	["a running job on its deadline", stateOf([running(POSTED + 1_000)]), POSTED + 1_000, []],
	["a running job past its deadline", stateOf([running(POSTED + 1_000)]), POSTED + 1_001, ["expire 0"]],
	["a running job, order over time", stateOf([running(POSTED + 9_000)]), POSTED + 5_000, []],
	["a result in its window", stateOf([submitted(0)]), POSTED + 69, []],
	["a result on the first second after its window", stateOf([submitted(0)]), POSTED + 70, ["settle 0"]],
	["a result of a jailed node, in its window", stateOf([submitted(0, jailedNode)]), POSTED + 20, ["void 0"]],
	["a result of a jailed node, later", stateOf([submitted(0, jailedNode)]), POSTED + 99, ["void 0"]],
	["a running job of a jailed node", stateOf([running(POSTED + 1_000, jailedNode)]), POSTED + 20, ["expire 0"]],
	["an ended job of an order with more", stateOf([ended], { lots: 2 }), POSTED + 100, []],
	[
		"replicas all opened",
		stateOf(
			[0, 1, 2].map((n) => sealed(n, true)),
			REPLICAS,
		),
		POSTED + 51,
		["tally 0 open,open,open"],
	],
	[
		"a seal still shut",
		stateOf(
			[0, 1, 2].map((n) => sealed(n, n > 0)),
			REPLICAS,
		),
		POSTED + 110,
		[],
	],
	[
		"a seal shut for good",
		stateOf(
			[0, 1, 2].map((n) => sealed(n, n > 0)),
			REPLICAS,
		),
		POSTED + 111,
		["tally 0 shut,open,open"],
	],
	[
		"a replica still runs",
		stateOf([sealed(0, true), running(POSTED + 900), sealed(2, true)], REPLICAS),
		POSTED + 111,
		[],
	],
	[
		"a replica that expired",
		stateOf([sealed(0, true), ended, sealed(2, true)], REPLICAS),
		POSTED + 51,
		["tally 0 open,open"],
	],
	["a replica nobody claims", stateOf([sealed(0, true), sealed(1, true)], REPLICAS), POSTED + 111, []],
	[
		"a replica nobody may claim",
		stateOf([sealed(0, true), sealed(1, true)], REPLICAS, true),
		POSTED + 51,
		["tally 0 open,open"],
	],
	[
		"several jobs at once",
		stateOf([submitted(0), running(POSTED + 5), submitted(2), ended], { lots: 6 }),
		POSTED + 3_000,
		["settle 0,2", "expire 1", "close"],
	],
	[
		"more receipts than fit one call",
		stateOf([submitted(0), submitted(1), submitted(2), submitted(3), submitted(4)], { lots: 5 }),
		POSTED + 80,
		["settle 0,1", "settle 2,3", "settle 4"],
	],
];

for (const [what, state, now, expected] of table)
	test(`behavior: ${what}: ${expected.join(", ") || "nothing is due"}`, () => {
		const calls = decide({ ...rest, state, now, batch: 2 });
		assert.deepEqual(calls.map(short), expected);
	});

test("default: the same state and time give the same calls, and fees are swept once they are worth it", () => {
	const fees = new Map<Address, bigint>([
		[owner, 10n],
		[node, 9n],
	]);
	const ask = () => decide({ ...rest, state: stateOf([submitted(0)]), now: POSTED + 70, fees });
	assert.deepEqual(ask().map(short), ["settle 0", `sweep ${owner}`]);
	assert.deepEqual(ask(), ask());
	const [settle] = ask();
	assert.ok(settle?.kind === "settle");
	assert.deepEqual([settle.id, settle.terms, settle.receipts], [id, packTerms(order()), [receipt(0)]]);
});

test("behavior: no fees are no sweep, whatever the threshold", () => {
	const calls = decide({ ...rest, state: emptyState(), now: POSTED, fees: new Map([[owner, 0n]]), sweepFrom: 0n });
	assert.deepEqual(calls, []);
});

const panelTable: [what: string, panel: PanelFacts | undefined, ended: boolean, expected: string[]][] = [
	[
		"a panel before its randomness",
		{ concluded: false, seated: false, drawable: false, beaconRound: 7n, concludableAt: undefined },
		false,
		[],
	],
	[
		"a panel to draw",
		{ concluded: false, seated: false, drawable: true, beaconRound: 7n, concludableAt: undefined },
		false,
		["draw"],
	],
	[
		"a panel that votes",
		{ concluded: false, seated: true, drawable: false, beaconRound: 7n, concludableAt: POSTED + 101 },
		false,
		[],
	],
	[
		"a panel that has voted",
		{ concluded: false, seated: true, drawable: false, beaconRound: 7n, concludableAt: POSTED + 100 },
		false,
		["conclude"],
	],
	[
		"a panel that was concluded",
		{ concluded: true, seated: true, drawable: false, beaconRound: 7n, concludableAt: POSTED },
		false,
		[],
	],
	["an arbiter of another kind", undefined, false, []],
	["a dispute whose job has ended", undefined, true, ["reclaim"]],
];
for (const [what, panel, jobEnded, expected] of panelTable)
	test(`behavior: ${what}: ${expected.join(", ") || "nothing is due"}`, () => {
		const dispute = { id, terms: packTerms(order()), receipt: receipt(0), arbiter: owner, jobEnded };
		const state = { ...emptyState(), disputes: new Map([[id, dispute]]) };
		const calls = decide({ ...rest, state, now: POSTED + 100, panels: new Map(panel && [[id, panel]]) });
		assert.deepEqual(
			calls.map(({ kind }) => kind),
			expected,
		);
	});
