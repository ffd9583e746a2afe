import assert from "node:assert/strict";
import { test } from "node:test";
import type { Order } from "depin";
import { type Address, type Hex, zeroAddress, zeroHash } from "viem";
import type { Capacity } from "./capacity.ts";
import { type Decision, decide, type JobOffer, type NodeFacts, type TaskNeeds } from "./decide.ts";

const NODE: Address = "0x00000000000000000000000000000000000000aa";
const OTHER: Address = "0x00000000000000000000000000000000000000bb";
const POSTED = 1_000_000;
const ROOM: Capacity = { cpus: 2, memoryMiB: 4096, gpus: 0, diskMiB: 10_000, slots: 2 };

const ORDER: Order = {
	consumer: OTHER,
	salt: 1n,
	node: zeroAddress,
	lots: 1,
	tasksPerLot: 1,
	replicas: 1,
	quorum: 1,
	metered: false,
	arbiter: zeroAddress,
	challengeFor: 60,
	maxRun: 960,
	postBy: POSTED + 60,
	verifier: zeroAddress,
	openFor: 1920,
	rampFor: 0,
	beatEvery: 0,
	taskRoot: zeroHash,
	startPrice: 1_000n,
	maxPrice: 1_000n,
	failBps: 5000,
	class: 1,
	bond: 100n,
	feeBps: 200,
	manifest: zeroHash,
};
const TASK: TaskNeeds = {
	cpus: 1,
	memoryMiB: 1024,
	gpus: 0,
	diskMiB: 1024,
	tier: "container",
	denied: false,
	connected: false,
};
const FACTS: NodeFacts = {
	node: NODE,
	class: 1,
	active: true,
	activatedAt: POSTED - 100,
	open: 0,
	maxOpen: 4,
	freeStake: 1_000n,
	classActive: 2,
	classStep: 2,
	tiers: ["container"],
	tiersRejected: [],
	tiersConnected: [],
	tierFloor: "container",
	capacity: { total: ROOM, free: ROOM },
	diskRoomMiB: 10_000,
	price: {},
};

type Case = {
	name: string;
	order?: Partial<Order>;
	offer?: Partial<JobOffer>;
	task?: Partial<TaskNeeds> | null;
	facts?: Partial<NodeFacts>;
	/** Seconds after posting. */
	after?: number;
	expect: Decision;
};

const ignore = (because: Extract<Decision, { kind: "ignore" }>["because"]): Decision => ({ kind: "ignore", because });
const ramp = { startPrice: 100n, maxPrice: 1_100n, rampFor: 100 };

const cases: Case[] = [
	{ name: "default", expect: { kind: "claim" } },
	{ name: "behavior: another class is not ours", order: { class: 2 }, expect: ignore("other-class") },
	{ name: "behavior: a closed order is over", offer: { closed: true }, expect: ignore("no-longer-open") },
	{ name: "behavior: a job somebody has is over", offer: { taken: true }, expect: ignore("no-longer-open") },
	{
		name: "behavior: a job given back is not taken again",
		offer: { failedBefore: true },
		expect: ignore("failed-before"),
	},
	{
		name: "behavior: the last seconds of the claim time are left alone",
		after: 1918,
		expect: ignore("no-longer-open"),
	},
	{ name: "behavior: a suspended node claims nothing", facts: { active: false }, expect: ignore("node-not-active") },
	{
		name: "behavior: a node as young as the order may not claim it",
		facts: { activatedAt: POSTED },
		expect: ignore("node-too-young"),
	},
	{ name: "behavior: a replica is claimed like any job", order: { replicas: 3, quorum: 2 }, expect: { kind: "claim" } },
	{
		name: "behavior: an unknown verifier is not consented to",
		order: { verifier: OTHER },
		expect: ignore("verifier-unknown"),
	},
	{
		name: "behavior: an unknown arbiter is not consented to",
		order: { arbiter: OTHER },
		expect: ignore("arbiter-unknown"),
	},
	{ name: "behavior: the bond must be covered", facts: { freeStake: 99n }, expect: ignore("stake-too-low") },
	{ name: "behavior: an order for another node alone", order: { node: OTHER }, expect: ignore("for-another-node") },
	{
		name: "behavior: an order for another node first opens after its ramp",
		order: { node: OTHER, rampFor: 50 },
		after: 10,
		expect: { kind: "wait", until: POSTED + 50, because: "not-eligible-yet" },
	},
	{
		name: "behavior: an order for this node needs no draw",
		order: { node: NODE },
		facts: { classActive: 1_000_000 },
		expect: { kind: "claim" },
	},
	{
		name: "behavior: a fixed price below the least",
		facts: { price: { min: 1_001n } },
		expect: ignore("price-too-low"),
	},
	{
		name: "behavior: a fixed price is spread over the seconds it may take",
		facts: { price: { minPerSecond: 17n } },
		expect: ignore("price-too-low"),
	},
	{
		name: "behavior: a fixed price that pays its seconds",
		facts: { price: { minPerSecond: 16n } },
		expect: { kind: "claim" },
	},
	{
		name: "behavior: a metered price is per second",
		order: { metered: true },
		facts: { price: { minPerSecond: 1_000n } },
		expect: { kind: "claim" },
	},
	{
		name: "behavior: a climbing price is waited for, rounded up to the second",
		order: ramp,
		facts: { price: { min: 355n } },
		expect: { kind: "wait", until: POSTED + 26, because: "price-still-climbing" },
	},
	{
		name: "behavior: a climbing price that has arrived",
		order: ramp,
		facts: { price: { min: 355n } },
		after: 26,
		expect: { kind: "claim" },
	},
	{
		name: "behavior: a price that arrives when the order is over",
		order: { ...ramp, openFor: 20 },
		facts: { price: { min: 355n } },
		expect: ignore("price-too-low"),
	},
	{ name: "behavior: terms that are fine ask for the manifest", task: null, expect: { kind: "read-manifest" } },
	{ name: "behavior: terms that are not fine do not", task: null, order: { class: 2 }, expect: ignore("other-class") },
	{ name: "behavior: a tier the node does not have", task: { tier: "vm" }, expect: ignore("tier-not-offered") },
	{
		name: "behavior: a tier whose limits do not hold",
		task: { tier: "sandbox" },
		facts: { tiersRejected: ["sandbox"] },
		expect: ignore("tier-rejected"),
	},
	{
		name: "behavior: a network that this node lets nobody have",
		task: { connected: true },
		expect: ignore("egress-not-offered"),
	},
	{
		name: "behavior: a network that only a weaker tier can have",
		task: { connected: true, tier: "sandbox" },
		facts: { tiers: ["container", "sandbox"], tiersConnected: ["container"] },
		expect: ignore("egress-not-offered"),
	},
	{
		name: "behavior: a network",
		task: { connected: true },
		facts: { tiersConnected: ["container"] },
		expect: { kind: "claim" },
	},
	{ name: "behavior: work the operator does not want", task: { denied: true }, expect: ignore("denied-by-policy") },
	{ name: "behavior: a stronger tier than asked for will do", facts: { tiers: ["vm"] }, expect: { kind: "claim" } },
	{
		name: "behavior: the class's floor raises what a job asks for",
		facts: { tierFloor: "sandbox" },
		expect: ignore("tier-not-offered"),
	},
	{ name: "behavior: more than the machine ever has", task: { memoryMiB: 4097 }, expect: ignore("too-big") },
	{ name: "behavior: GPUs the machine does not have", task: { gpus: 1 }, expect: ignore("too-big") },
	{
		name: "behavior: more than is free just now",
		facts: { capacity: { total: ROOM, free: { ...ROOM, cpus: 0.5 } } },
		expect: { kind: "wait", until: undefined, because: "busy" },
	},
	{
		name: "behavior: a disk that filled up since the start is waited out",
		facts: { diskRoomMiB: 1023 },
		expect: { kind: "wait", until: undefined, because: "disk-full" },
	},
	{
		name: "behavior: no slot free",
		facts: { capacity: { total: ROOM, free: { ...ROOM, slots: 0 } } },
		expect: { kind: "wait", until: undefined, because: "busy" },
	},
	{
		name: "behavior: too many unsettled jobs",
		facts: { open: 4 },
		expect: { kind: "wait", until: undefined, because: "max-open" },
	},
];

for (const { name, order, offer, task = {}, facts, after = 5, expect } of cases) {
	test(name, () => {
		const orderId: Hex = `0x${"12".repeat(32)}`;
		const job: JobOffer = {
			orderId,
			job: 0,
			order: { ...ORDER, ...order },
			postedAt: POSTED,
			closed: false,
			taken: false,
			failedBefore: false,
			...offer,
		};
		assert.deepEqual(
			decide(job, task === null ? undefined : { ...TASK, ...task }, { ...FACTS, ...facts }, POSTED + after),
			expect,
		);
	});
}

test("behavior: in a large class the draw decides who waits, and nobody waits for ever", () => {
	const facts = { ...FACTS, classActive: 4096 };
	const job = { job: 0, order: ORDER, postedAt: POSTED, closed: false, taken: false, failedBefore: false };
	const decisions = Array.from({ length: 200 }, (_, i) =>
		decide({ ...job, orderId: `0x${i.toString(16).padStart(64, "0")}` }, TASK, facts, POSTED),
	);
	const waits = decisions.filter((decision) => decision.kind === "wait");
	assert.ok(waits.length > 150, `${waits.length} of 200 wait`);
	// log2(4096 / 4) = 10 steps of 2 s at most
	for (const wait of waits) assert.ok(wait.kind === "wait" && wait.until !== undefined && wait.until <= POSTED + 20);
});
