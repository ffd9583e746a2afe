import assert from "node:assert/strict";
import { test } from "node:test";
import { MarketRefusedError, nodeStatuses, type Terms } from "depin";
import { type Hex, toHex } from "viem";
import { createLog } from "../runtime/log.ts";
import { createMetrics } from "../runtime/metrics.ts";
import type { Transactor } from "../runtime/transact.ts";
import { createActor } from "./act.ts";
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
	return { calls, actor: createActor({ transactor, log, metrics: createMetrics("keeper") }) };
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
