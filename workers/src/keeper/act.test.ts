import assert from "node:assert/strict";
import { test } from "node:test";
import { MarketRefusedError, nodeStatuses, type Terms } from "depin";
import { type Hex, toHex } from "viem";
import { UnavailableError } from "../runtime/errors.ts";
import { createLog } from "../runtime/log.ts";
import { createMetrics } from "../runtime/metrics.ts";
import type { Transactor } from "../runtime/transact.ts";
import { createActor } from "./act.ts";
import { beaconOf } from "./beacon.ts";
import type { KeeperCall } from "./decide.ts";

const node = toHex(8n, { size: 20 });
const terms = {} as Terms;
const receipt = { job: 0, node, pay: 1n, submittedAt: 1, digest: toHex(1n, { size: 32 }) };
const id: Hex = toHex(2n, { size: 32 });
const settle: KeeperCall = { kind: "settle", id, terms, receipts: [receipt] };
const voidJob: KeeperCall = { kind: "voidJob", id, terms, receipt };
const statusOf = (name: (typeof nodeStatuses)[number]) => nodeStatuses.indexOf(name);

/** An actor whose Market refuses every call because of the node's status, which `says` holds. */
function actorWith(says: { status: number }) {
	const calls: string[] = [];
	const transact = async (call: string) => {
		calls.push(call);
		throw new MarketRefusedError(call, "NodeInStatus", [node, says.status]);
	};
	const transactor = { transact, poke() {} } as unknown as Transactor;
	const log = createLog({ role: "keeper", level: "fatal" });
	return { calls, actor: createActor({ transactor, beacon: beaconOf(31_337), log, metrics: createMetrics("keeper") }) };
}

test("default: who is jailed is learnt from a refusal", async () => {
	const { actor } = actorWith({ status: statusOf("jailed") });
	await actor.perform([settle]);
	assert.deepEqual([...actor.jailed], [node]);
});

test("behavior: after a reorg nobody is known to be jailed: the branch that jailed them may be gone", async () => {
	const { actor, calls } = actorWith({ status: statusOf("jailed") });
	await actor.perform([settle]);
	actor.reset();
	assert.equal(actor.jailed.size, 0);
	await actor.perform([settle]);
	assert.deepEqual(calls, ["settle", "settle"], "and nothing waits");
});

test("behavior: a node that the Market calls by another status is not jailed any more", async () => {
	const says = { status: statusOf("jailed") };
	const { actor } = actorWith(says);
	await actor.perform([settle]);
	says.status = statusOf("active");
	await actor.perform([voidJob]);
	assert.equal(actor.jailed.size, 0);
});

const draw: KeeperCall = { kind: "draw", id, dispute: toHex(3n, { size: 32 }), arbiter: node, beaconRound: 7n };

test("behavior: jurors are drawn with the proof of the beacon's round, once it can be had", async () => {
	const asked: bigint[] = [];
	const sent: unknown[] = [];
	const transactor = { transactPanel: async (...call: unknown[]) => sent.push(call), poke() {} };
	const proofOf = async (round: bigint): Promise<Hex> => {
		if (asked.push(round) === 1) throw new UnavailableError("beacon", "not yet");
		return "0x1234";
	};
	let now = 0;
	const actor = createActor({
		transactor: transactor as unknown as Transactor,
		beacon: { known: true, proofOf },
		log: createLog({ role: "keeper", level: "fatal" }),
		metrics: createMetrics("keeper"),
		monotonicMs: () => now,
	});
	await assert.rejects(actor.perform([draw]), UnavailableError, "which the keeper's loop survives");
	now += 60_000;
	await actor.perform([draw]);
	assert.deepEqual(asked, [7n, 7n]);
	assert.deepEqual(sent, [[node, "draw", [draw.dispute, "0x1234"]]]);
	assert.equal(beaconOf(8_453).known, false, "nobody's beacon is taken for another's");
});
