import assert from "node:assert/strict";
import { test } from "node:test";
import { keccak256, zeroAddress } from "viem";
import { AmountError, formatAmount, formatAsset, parseAmount } from "./amounts.ts";
import { feeOf, jobEscrow, orderEscrow, payOf, unitPrice } from "./pricing.ts";
import { resultStatus } from "./result.ts";
import { eligibleAt } from "./sortition.ts";

const fixed = { metered: false, startPrice: 100n, maxPrice: 100n, rampFor: 0, maxRun: 7, failBps: 5_000 };

test("default: amounts read and write decimals exactly", () => {
	assert.equal(parseAmount("0.50", 6), 500_000n);
	assert.equal(parseAmount("12", 6), 12_000_000n);
	assert.equal(parseAmount("0.000001", 6), 1n);
	assert.equal(formatAmount(500_000n, 6), "0.50");
	assert.equal(formatAmount(1n, 6), "0.000001");
	assert.equal(formatAmount(12n, 0), "12");
	assert.equal(formatAsset(12_345_600n, { decimals: 6, symbol: "dUSD" }), "12.3456 dUSD");
});

test("behavior: an amount is never rounded or guessed", () => {
	for (const text of ["", "1,5", "-1", "1e3", "0x1", ".5", "1.", " 1", "1.0000001", "NaN", "९"]) {
		assert.throws(() => parseAmount(text, 6), AmountError, text);
	}
});

test("behavior: the price climbs to its maximum and stays there", () => {
	const ramp = { startPrice: 10n, maxPrice: 21n, rampFor: 3 };
	assert.deepEqual(
		[0, 1, 2, 3, 400].map((delay) => unitPrice(ramp, delay)),
		[10n, 13n, 17n, 21n, 21n],
	);
	assert.equal(unitPrice({ ...ramp, rampFor: 0 }, 0), 21n);
});

test("behavior: pay is the whole price for ok, a share of the time for a truthful failure, nothing for a bad spec", () => {
	const { ok, timeout, stopped, badSpec, inputUnavailable } = resultStatus;
	assert.equal(payOf(fixed, 0, { status: ok, billed: 0 }), 100n);
	assert.equal(payOf(fixed, 0, { status: timeout, billed: 5 }), 35n); // 100 * 5 / 7 / 2 = 35.7
	assert.equal(payOf(fixed, 0, { status: stopped, billed: 99 }), 50n);
	assert.equal(payOf(fixed, 0, { status: badSpec, billed: 5 }), 0n);
	assert.equal(payOf(fixed, 0, { status: inputUnavailable, billed: 5 }), 0n);
	const metered = { ...fixed, metered: true };
	assert.equal(payOf(metered, 0, { status: ok, billed: 5 }), 500n);
	assert.equal(payOf(metered, 0, { status: timeout, billed: 5 }), 250n);
});

test("behavior: no result earns more than the escrow of its job", () => {
	for (const metered of [false, true]) {
		for (let billed = 0; billed < 20; billed++) {
			for (let status = 0; status <= 6; status++) {
				const order = { ...fixed, metered };
				const pay = payOf(order, 0, { status, billed });
				assert.ok(pay <= jobEscrow(order), `${status} ${billed} pays ${pay}`);
			}
		}
	}
	assert.equal(orderEscrow({ ...fixed, metered: true, lots: 3, replicas: 2 }), 100n * 7n * 6n);
	assert.equal(feeOf({ feeBps: 200 }, 149n), 2n);
});

test("behavior: every node of a class may claim after log2(n / 4) steps, four at first on average", () => {
	const nodes = Array.from({ length: 64 }, (_, n) => `0x${n.toString(16).padStart(40, "0")}` as const);
	const orders = Array.from({ length: 50 }, (_, n) => keccak256(`0x${n.toString(16).padStart(2, "0")}`));
	const terms = { node: zeroAddress, rampFor: 0 };
	const draw = { job: 0, postedAt: 1_000, active: 64, step: 2, terms };
	const times = orders.flatMap((id) => nodes.map((node) => eligibleAt({ ...draw, orderId: id, node })));
	assert.ok(times.every((time) => time !== undefined && time >= 1_000 && time <= 1_008));
	const first = times.filter((time) => time === 1_000).length / orders.length;
	assert.ok(first > 3 && first < 5, `${first} nodes at once`);
});

test("behavior: an exclusive order is its node's alone, for the ramp or for good", () => {
	const [mine, other] = [`0x${"1".repeat(40)}`, `0x${"2".repeat(40)}`] as const;
	const draw = { orderId: keccak256("0x01"), job: 0, postedAt: 1_000, active: 3, step: 2 };
	const forGood = { node: mine, rampFor: 0 };
	assert.equal(eligibleAt({ ...draw, node: mine, terms: forGood }), 1_000);
	assert.equal(eligibleAt({ ...draw, node: other, terms: forGood }), undefined);
	assert.equal(eligibleAt({ ...draw, node: other, terms: { node: mine, rampFor: 60 } }), 1_060);
});
