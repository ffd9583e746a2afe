import assert from "node:assert/strict";
import { test } from "node:test";
import { zeroHash } from "viem";
import type { MarketEvent } from "../actions/write.ts";
import { packResult } from "./result.ts";
import { standingOf } from "./timeline.ts";

const node = `0x${"1".repeat(40)}` as const;
const result = (status: number) =>
	packResult({
		resultRoot: zeroHash,
		outputsDigest: zeroHash,
		statementHash: zeroHash,
		evidenceHash: zeroHash,
		shadowCommit: zeroHash,
		status,
		exitCode: 3,
		startedAt: 0,
		finishedAt: 0,
		billed: 0,
	});

/** Only what a standing reads of an event. */
const event = (eventName: MarketEvent["eventName"], args: Record<string, unknown> = {}) =>
	({ eventName, args }) as unknown as MarketEvent;
const posted = event("Posted");
const closed = event("Closed");
const claimed = event("Claimed", { node, deadline: 900 });
const submitted = (status: number) => event("Submitted", { node, result: result(status), pay: 5n });
const settled = event("Settled", { node, pay: 5n, fee: 1n, refund: 2n });

const cases: [string, MarketEvent[], string][] = [
	["nothing", [], "none"],
	["posted", [posted], "open"],
	["closed unclaimed", [posted, closed], "void"],
	["claimed", [posted, claimed], "running"],
	["closed while it runs", [posted, claimed, closed], "running"],
	["submitted ok", [posted, claimed, submitted(0)], "submitted-ok"],
	["submitted failed", [posted, claimed, submitted(2)], "submitted-fail"],
	["handed back", [posted, claimed, submitted(6), event("Reopened", { status: 6 })], "open"],
	["handed back too late", [posted, claimed, submitted(5), event("Voided", { refund: 5n })], "void"],
	["silent, reopened", [posted, claimed, event("Expired", { reopened: true })], "open"],
	["silent, over", [posted, claimed, event("Expired", { reopened: false })], "void"],
	["silent, then another", [posted, claimed, event("Expired", { reopened: true }), claimed], "running"],
	["paid", [posted, claimed, submitted(0), settled], "paid"],
	["paid, then siblings closed", [posted, claimed, submitted(0), settled, closed], "paid"],
];

for (const [name, history, state] of cases) {
	test(`${name === "nothing" ? "default" : "behavior"}: ${name} is ${state}`, () => {
		assert.equal(standingOf(history).state, state);
	});
}

test("behavior: a standing carries the last deadline, outcome and payment", () => {
	const beaten = standingOf([posted, claimed, event("Beat", { deadline: 950 }), event("Stopped", { deadline: 920 })]);
	assert.deepEqual([beaten.deadline, beaten.stopped, beaten.attempts], [920, true, 1]);
	const paid = standingOf([posted, claimed, submitted(1), settled]);
	assert.deepEqual([paid.status, paid.exitCode, paid.pay, paid.fee, paid.refund], [1, 3, 5n, 1n, 2n]);
});
