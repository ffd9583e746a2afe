import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Order, packTerms } from "depin";
import { type Address, type Hex, zeroAddress, zeroHash } from "viem";
import type { MarketEvent } from "../runtime/watchMarket.ts";
import { createBoard } from "./board.ts";
import { openJournal } from "./journal.ts";
import { sealStore } from "./seals.ts";
import { workStore } from "./works.ts";

const US: Address = "0x00000000000000000000000000000000000000AA";
const OTHER: Address = "0x00000000000000000000000000000000000000bb";
const ID: Hex = `0x${"12".repeat(32)}`;
const dir = mkdtempSync(join(tmpdir(), "depin-board-"));
after(() => rmSync(dir, { recursive: true, force: true }));
let count = 0;

const ORDER: Order = {
	consumer: OTHER,
	salt: 2n ** 95n,
	node: zeroAddress,
	lots: 3,
	tasksPerLot: 1,
	replicas: 1,
	quorum: 1,
	metered: false,
	arbiter: zeroAddress,
	challengeFor: 60,
	maxRun: 960,
	postBy: 2000,
	verifier: zeroAddress,
	openFor: 1920,
	rampFor: 0,
	beatEvery: 0,
	taskRoot: zeroHash,
	startPrice: 1n,
	maxPrice: 2n ** 90n,
	failBps: 5000,
	class: 1,
	bond: 100n,
	feeBps: 200,
	manifest: zeroHash,
};

/** Block n is at second 1000 + n. */
const timeOf = (block: bigint) => 1000 + Number(block);

function setUp() {
	count += 1;
	const journal = openJournal(join(dir, `${count}.db`));
	const works = workStore(journal);
	const board = createBoard({ journal, works, seals: sealStore(journal), node: US, class: 1 });
	const tell = (block: number, eventName: string, args: Record<string, unknown>) =>
		board.apply(
			[{ eventName, args: { id: ID, ...args }, blockNumber: BigInt(block) } as unknown as MarketEvent],
			timeOf,
		);
	tell(1, "Posted", { consumer: OTHER, class: 1, terms: packTerms(ORDER), uri: "ipfs://x" });
	const open = () =>
		board
			.openOrders(1100)
			.flatMap((posted) => board.openJobs(posted, 10))
			.sort();
	return { journal, works, board, tell, open };
}

test("default", () => {
	const { board, tell, open } = setUp();
	const [posted] = board.openOrders(1100);
	assert.deepEqual(
		posted,
		{ id: ID, order: ORDER, uri: "ipfs://x", postedAt: 1001 },
		"amounts survive the journal to the unit",
	);
	assert.deepEqual(open(), [0, 1, 2]);
	tell(2, "Claimed", { job: 1, node: OTHER, deadline: 5000 });
	assert.deepEqual(open(), [0, 2]);
	tell(3, "Reopened", { job: 1, node: OTHER, status: 6 });
	assert.deepEqual(open(), [0, 1, 2]);
	tell(4, "Closed", { refund: 1n });
	assert.deepEqual(open(), []);
});

test("behavior: an order of another class is not kept", () => {
	const { board, tell } = setUp();
	tell(2, "Posted", { id: zeroHash, consumer: OTHER, class: 2, terms: packTerms({ ...ORDER, class: 2 }), uri: "" });
	assert.equal(board.openOrders(1100).length, 1);
});

test("behavior: an order is over when its time is", () => {
	assert.equal(setUp().board.openOrders(1001 + ORDER.openFor).length, 0);
});

test("behavior: a job we gave back is not offered again", () => {
	const { tell, open, board } = setUp();
	tell(2, "Claimed", { job: 1, node: US, deadline: 5000 });
	tell(3, "Submitted", { job: 1, node: US, pay: 0n, digest: zeroHash });
	tell(3, "Reopened", { job: 1, node: US, status: 6 });
	assert.deepEqual(open(), [0, 2]);
	assert.equal(board.failedBefore({ orderId: ID, job: 1 }), true);
});

test("behavior: our job's row follows its events to the money", () => {
	const { works, tell } = setUp();
	works.begin({ orderId: ID, job: 0, order: ORDER, uri: "ipfs://x", postedAt: 1001 });
	const steps = () => works.get({ orderId: ID, job: 0 });
	assert.deepEqual(tell(2, "Claimed", { job: 0, node: US, deadline: 1962 }), [{ orderId: ID, job: 0 }]);
	assert.deepEqual([steps()?.step, steps()?.claimedAt, steps()?.deadline], ["running", 1002, 1962]);
	tell(3, "Stopped", { job: 0, deadline: 1603 });
	assert.deepEqual([steps()?.stopped, steps()?.deadline], [true, 1603]);
	tell(4, "Submitted", { job: 0, node: US, pay: 2n ** 90n, digest: ID });
	assert.deepEqual(steps()?.receipt, { job: 0, node: US, pay: 2n ** 90n, submittedAt: 1004, digest: ID });
	assert.equal(steps()?.settleableAt, 1064);
	tell(5, "Settled", { job: 0, node: US, pay: 1n, fee: 0n, refund: 0n });
	assert.deepEqual([steps()?.step, works.live().length], ["settled", 0]);
});

test("behavior: a claim of ours that a lost journal does not know is taken up", () => {
	const { works, tell } = setUp();
	tell(2, "Claimed", { job: 2, node: US, deadline: 1962 });
	assert.equal(works.get({ orderId: ID, job: 2 })?.step, "running");
});

test("behavior: an expired job is lost, and open to others", () => {
	const { works, tell, open } = setUp();
	tell(2, "Claimed", { job: 0, node: US, deadline: 1962 });
	tell(3, "Expired", { job: 0, node: US, slash: 1n, bounty: 0n, keeper: OTHER, reopened: true });
	assert.equal(works.get({ orderId: ID, job: 0 })?.step, "lost");
	assert.deepEqual(open(), [1, 2], "but not to us");
});

test("behavior: what undone blocks said is forgotten", () => {
	const { board, tell, open } = setUp();
	tell(5, "Claimed", { job: 0, node: OTHER, deadline: 5000 });
	tell(6, "Closed", { refund: 1n });
	board.undo(5n);
	assert.deepEqual(open(), [1, 2]);
	board.undo(4n);
	assert.deepEqual(open(), [0, 1, 2]);
	board.undo(0n);
	assert.deepEqual(open(), []);
});

test("behavior: the roster is who is active", () => {
	const { board, tell } = setUp();
	tell(2, "NodeRegistered", { node: US, owner: OTHER, class: 1 });
	tell(2, "NodeRegistered", { node: OTHER, owner: OTHER, class: 1 });
	tell(3, "NodeSuspended", { node: OTHER });
	assert.deepEqual(board.roster(), [US.toLowerCase()]);
	tell(4, "NodeActivated", { node: OTHER });
	assert.equal(board.roster().length, 2);
});

test("behavior: a write that fails half-way leaves nothing", () => {
	const { journal } = setUp();
	assert.throws(() =>
		journal.atomically(() => {
			journal.set("cursor", "1");
			throw new Error("killed here");
		}),
	);
	assert.equal(journal.get("cursor"), undefined);
});

test("behavior: a second process on the same journal is refused", () => {
	const file = join(dir, "shared.db");
	const first = openJournal(file);
	assert.throws(() => openJournal(file), { code: "journal-in-use" });
	first.close();
	openJournal(file).close();
});
