import assert from "node:assert/strict";
import { test } from "node:test";
import { keccak256, zeroHash } from "viem";
import { formatJobRef, JobRefError, parseJobRef, shortId } from "./jobRef.ts";
import { packResult, type Result, receiptHash, resultDigest, statusName, unpackResult } from "./result.ts";
import { FieldRangeError } from "./words.ts";

const result: Result = {
	resultRoot: keccak256("0x01"),
	outputsDigest: keccak256("0x02"),
	statementHash: keccak256("0x03"),
	evidenceHash: zeroHash,
	shadowCommit: zeroHash,
	status: 1,
	exitCode: -1,
	startedAt: 2 ** 32 - 1,
	finishedAt: 2 ** 32 - 2,
	billed: 2 ** 32 - 3,
};

test("default: a result packs and unpacks, negative exit codes too", () => {
	for (const exitCode of [0, 1, 255, -1, -(2 ** 31), 2 ** 31 - 1]) {
		assert.deepEqual(unpackResult(packResult({ ...result, exitCode })), { ...result, exitCode });
	}
	assert.equal(packResult({ ...result, status: 3, billed: 7 }).outcome & 0xffff_ffffn, 7n);
	assert.equal(packResult({ ...result, status: 3 }).outcome >> 128n, 3n);
});

test("behavior: an exit code outside 32 bits is refused", () => {
	assert.throws(() => packResult({ ...result, exitCode: 2 ** 31 }), FieldRangeError);
	assert.throws(() => packResult({ ...result, status: 256 }), FieldRangeError);
});

test("behavior: a digest is bound to order, job, node and deployment", () => {
	const market = `0x${"1".repeat(40)}` as const;
	const node = `0x${"2".repeat(40)}` as const;
	const here = { chainId: 31_337, market };
	const of = { orderId: keccak256("0x04"), job: 0, node, result };
	const digest = resultDigest(here, of);
	const others = [
		resultDigest({ ...here, chainId: 1 }, of),
		resultDigest(here, { ...of, job: 1 }),
		resultDigest(here, { ...of, node: market }),
		resultDigest(here, { ...of, orderId: keccak256("0x05") }),
		resultDigest(here, { ...of, result: { ...result, exitCode: 0 } }),
	];
	assert.ok(!others.includes(digest));
	const receipt = { job: 0, node, pay: 5n, submittedAt: 9, digest };
	assert.equal(receiptHash(receipt).length, 2 + 2 * 26);
	assert.notEqual(receiptHash({ ...receipt, pay: 6n }), receiptHash(receipt));
});

test("behavior: status codes have names, others have none", () => {
	assert.equal(statusName(0), "ok");
	assert.equal(statusName(6), "inputUnavailable");
	assert.equal(statusName(7), undefined);
});

test("behavior: a job is written <orderId>/<n>", () => {
	const orderId = keccak256("0x06");
	assert.deepEqual(parseJobRef(`${orderId}/12`), { orderId, job: 12 });
	assert.deepEqual(parseJobRef(orderId.toUpperCase().replace("0X", "0x")), { orderId, job: 0 });
	assert.equal(formatJobRef({ orderId, job: 3 }), `${orderId}/3`);
	assert.equal(shortId(orderId), orderId.slice(0, 10));
	for (const text of [
		"",
		"0x12/0",
		`${orderId}/`,
		`${orderId}/-1`,
		`${orderId}/1/2`,
		`${orderId}/4294967296`,
		`${orderId}/1.5`,
	]) {
		assert.throws(() => parseJobRef(text), JobRefError, text);
	}
});
