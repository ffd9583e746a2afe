import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { toHex, zeroAddress, zeroHash } from "viem";
import { type Journal, openJournal } from "../node/journal.ts";
import type { MarketEvent } from "../runtime/watchMarket.ts";
import { createDuties } from "./duties.ts";

const folder = mkdtempSync(join(tmpdir(), "depin-duties-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const dispute = toHex(1n, { size: 32 });
const digest = toHex(2n, { size: 32 });
const found = { vote: { verdict: "invalid" as const, digest }, because: "other bytes" };

function event(eventName: string, blockNumber: bigint, args: Record<string, unknown> = {}): MarketEvent {
	const shared = { dispute, id: zeroHash, job: 0, arbiter: zeroAddress, index: 13n, withheld: false };
	return {
		eventName,
		blockNumber,
		args: { ...shared, outputDigest: digest, status: 0, ...args },
	} as unknown as MarketEvent;
}

const challenged = (block: bigint, args = {}) => event("Challenged", block, args);
let journals = 0;
const newFile = () => join(folder, `${++journals}.db`);

test("default: a challenge is open until its verdict, with what the result says of the task", () => {
	const duties = createDuties(openJournal(newFile()));
	duties.apply([challenged(5n)]);
	const [open] = duties.open();
	assert.deepEqual(open?.claimed, { digest, status: 0 });
	assert.equal(open?.index, 13);
	duties.apply([event("Resolved", 9n)]);
	assert.deepEqual(duties.open(), []);
});

test("behavior: of a withheld result nothing is claimed", () => {
	const duties = createDuties(openJournal(newFile()));
	duties.apply([challenged(5n, { withheld: true })]);
	assert.equal(duties.open()[0]?.claimed, undefined);
});

test("behavior: after a kill the vote is opened with the salt it was sealed with", () => {
	const file = newFile();
	const before = openJournal(file);
	const sealed = createDuties(before).keep(dispute, 0, found);
	before.close();
	const duties = createDuties(openJournal(file));
	assert.deepEqual(duties.ballot(dispute, 0), sealed);
	const second = { vote: { verdict: "valid" as const, digest }, because: "a second look" };
	assert.deepEqual(duties.keep(dispute, 0, second), sealed, "a vote is decided once");
	assert.notEqual(duties.keep(dispute, 1, second).salt, sealed.salt, "the appeal is another vote");
});

test("behavior: a reorganisation takes the drawing and the vote back: the same vote is sealed again, with the same salt", () => {
	const duties = createDuties(openJournal(newFile()));
	duties.apply([challenged(5n)]);
	const sealed = duties.keep(dispute, 0, found);
	duties.undo(4n);
	assert.deepEqual(duties.open(), [], "the challenge is gone");
	duties.apply([challenged(6n)]);
	assert.equal(duties.open().length, 1, "and comes again under its id");
	assert.deepEqual(duties.ballot(dispute, 0), sealed);
});

test("behavior: a reorganisation takes a verdict back", () => {
	const duties = createDuties(openJournal(newFile()));
	duties.apply([challenged(5n), event("Resolved", 9n)]);
	duties.undo(8n);
	assert.equal(duties.open().length, 1);
	duties.apply([event("Reclaimed", 10n)]);
	assert.deepEqual(duties.open(), []);
});

test("behavior: a vote is in the journal or it is not: what was not written whole is decided anew", () => {
	const journal: Journal = openJournal(newFile());
	const duties = createDuties(journal);
	assert.throws(() =>
		journal.atomically(() => {
			duties.keep(dispute, 0, found);
			throw new Error("killed");
		}),
	);
	assert.equal(duties.ballot(dispute, 0), undefined);
});
