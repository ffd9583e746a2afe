import assert from "node:assert/strict";
import { test } from "node:test";
import { type Hex, keccak256, zeroAddress } from "viem";
import { draftOrder } from "./draft.ts";
import { jobCount, lotOf, type Order, orderId, packTerms, taskRange, unpackTerms } from "./terms.ts";
import { FieldRangeError, NonCanonicalWordError } from "./words.ts";

const address = (digit: string): Hex => `0x${digit.repeat(40)}`;

/** Every field at its largest, so that a field packed one bit off would show. */
const full: Order = {
	consumer: address("f"),
	salt: 2n ** 96n - 1n,
	node: address("e"),
	lots: 2 ** 32 - 1,
	tasksPerLot: 2 ** 32 - 2,
	replicas: 255,
	quorum: 254,
	metered: true,
	arbiter: address("d"),
	challengeFor: 2 ** 32 - 3,
	maxRun: 2 ** 32 - 4,
	postBy: 2 ** 32 - 5,
	verifier: address("c"),
	openFor: 2 ** 32 - 6,
	rampFor: 2 ** 32 - 7,
	beatEvery: 2 ** 32 - 8,
	taskRoot: keccak256("0x01"),
	startPrice: 2n ** 96n - 2n,
	maxPrice: 2n ** 96n - 3n,
	failBps: 65_535,
	class: 65_534,
	bond: 2n ** 96n - 4n,
	feeBps: 65_533,
	manifest: keccak256("0x02"),
};

test("default: packing and unpacking are inverse", () => {
	assert.deepEqual(unpackTerms(packTerms(full)), full);
	const small = { ...full, salt: 1n, lots: 1, metered: false, arbiter: zeroAddress, startPrice: 0n, feeBps: 0 };
	assert.deepEqual(unpackTerms(packTerms(small)), small);
});

test("behavior: fields sit from the most significant bit down, the last at bit 0", () => {
	const { consumerSalt, nodeShape, bondFee } = packTerms({ ...full, salt: 5n, bond: 3n, feeBps: 200 });
	assert.equal(consumerSalt >> 96n, BigInt(full.consumer));
	assert.equal(consumerSalt & (2n ** 96n - 1n), 5n);
	assert.equal(nodeShape >> 88n, BigInt(full.node));
	assert.equal(nodeShape & 0xffn, 1n);
	assert.equal(bondFee, (3n << 16n) | 200n);
});

test("behavior: a value too large for its field is refused by name", () => {
	assert.throws(() => packTerms({ ...full, feeBps: 65_536 }), new FieldRangeError("feeBps", 65_536n, 16));
	assert.throws(() => packTerms({ ...full, lots: -1 }), FieldRangeError);
});

test("behavior: words with bits above their fields are refused", () => {
	const terms = packTerms(full);
	assert.throws(() => unpackTerms({ ...terms, bondFee: terms.bondFee | (1n << 112n) }), NonCanonicalWordError);
	assert.throws(() => unpackTerms({ ...terms, nodeShape: terms.nodeShape | (1n << 248n) }), NonCanonicalWordError);
	assert.throws(() => unpackTerms({ ...terms, nodeShape: terms.nodeShape | 2n }), NonCanonicalWordError);
});

test("behavior: an id is bound to chain, Market and every term", () => {
	const here = { chainId: 31_337, market: address("1") };
	const id = orderId(here, full);
	assert.notEqual(orderId({ ...here, chainId: 1 }, full), id);
	assert.notEqual(orderId({ ...here, market: address("2") }, full), id);
	for (const field of Object.keys(full) as (keyof Order)[]) {
		const value = full[field];
		const changed = typeof value === "boolean" ? !value : typeof value === "bigint" ? value - 1n : value;
		const other = typeof changed === "number" ? changed - 1 : changed;
		const text = typeof other === "string" ? `${other.slice(0, -1)}${other.endsWith("0") ? "1" : "0"}` : other;
		assert.notEqual(orderId(here, { ...full, [field]: text }), id, `${field} is not part of the id`);
	}
});

test("behavior: jobs, lots and tasks follow one numbering", () => {
	const order = { lots: 3, replicas: 2, tasksPerLot: 10 };
	assert.equal(jobCount(order), 6);
	assert.deepEqual(
		[0, 1, 2, 5].map((job) => lotOf(order, job)),
		[0, 0, 1, 2],
	);
	assert.deepEqual(taskRange(order, 3), { from: 10, to: 20 });
});

test("behavior: a draft takes the Market's least bond, rounded up, and leaves room around the timeout", () => {
	const order = draftOrder({
		consumer: address("1"),
		choices: { class: 1, maxPrice: 333_333n },
		work: { taskRoot: full.taskRoot, manifest: full.manifest, lots: 1, tasksPerLot: 3, timeout: 60 },
		params: { feeBps: 200, minBondBps: 1_000 },
		now: 1_000,
	});
	assert.equal(order.bond, 33_334n);
	assert.equal(order.maxRun, 600 + 3 * 60 + 300);
	assert.equal(order.openFor, 2 * order.maxRun);
	assert.equal(order.startPrice, order.maxPrice);
	assert.ok(order.postBy > 1_000);
	assert.notEqual(order.salt, 0n);
});
