// The sdk's side of the vectors that Solidity answers in contracts/test/vectors.test.ts: both must agree bit for bit.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Address, type Hex, recoverTypedDataAddress, zeroAddress } from "viem";
import { merkleProof, merkleRoot, resultLeaf, taskLeaf, verifyProof } from "../jobs/merkle.ts";
import { payOf, unitPrice } from "./pricing.ts";
import { packResult, type Result, receiptHash, resultDigest, unpackResult } from "./result.ts";
import { eligibleAt } from "./sortition.ts";
import { type Order, orderId, packTerms, type Terms, unpackTerms } from "./terms.ts";
import { marketDomain, nodeConsentTypes, orderTypes } from "./typedData.ts";

type Domain = { chainId: number; verifyingContract: Address };
type Strings<T> = { [field in keyof T]: T[field] extends boolean ? boolean : string };

/** Wide numbers travel as decimal strings. */
type OrderVector = { name: string; order: Strings<Order>; terms: Strings<Terms>; orderId: Hex };
type ResultVector = {
	order: string;
	message: Result & { orderId: Hex; job: number; node: Address };
	result: Omit<Result, "status"> & { outcome: string };
	digest: Hex;
	receipt: { job: number; node: Address; pay: string; submittedAt: number; digest: Hex };
	receiptHash: Hex;
};

function read<T>(name: string): T {
	return JSON.parse(readFileSync(new URL(`../../../contracts/test/vectors/${name}.json`, import.meta.url), "utf8"));
}

const { domain, orders } = read<{ domain: Domain; orders: OrderVector[] }>("orders");
const deployment = { chainId: domain.chainId, market: domain.verifyingContract };

function readable(order: Strings<Order>): Order {
	const fields = orderTypes.Order.map(({ name, type }) => {
		const text = order[name];
		const bits = Number(/^uint(\d+)$/.exec(type)?.[1] ?? 0);
		return [name, bits > 64 ? BigInt(text) : bits > 0 ? Number(text) : text];
	});
	return Object.fromEntries(fields);
}

const lower = (value: unknown) =>
	JSON.parse(JSON.stringify(value, (_, field) => (typeof field === "bigint" ? `${field}` : field)).toLowerCase());
const orderNamed = (name: string) =>
	readable(orders.find((vector) => vector.name === name)?.order ?? assert.fail(name));

test("default: orders pack, unpack and hash as in Solidity", () => {
	assert.ok(orders.length >= 3);
	for (const { name, order, terms, orderId: id } of orders) {
		const typed = readable(order);
		assert.deepEqual(lower(packTerms(typed)), lower(normal(terms)), name);
		assert.deepEqual(lower(unpackTerms(packTerms(typed))), lower(typed), name);
		assert.equal(orderId(deployment, typed), id, name);
	}
});

/** Numbers of a vector may be hex or decimal text. */
function normal(terms: Strings<Terms>): Record<string, string> {
	const entries = Object.entries(terms).map(([field, text]) => [
		field,
		field === "taskRoot" || field === "manifest" ? text : `${BigInt(text)}`,
	]);
	return Object.fromEntries(entries);
}

test("behavior: results and receipts hash as in Solidity", () => {
	const { results } = read<{ results: ResultVector[] }>("results");
	assert.ok(results.length >= 5);
	for (const { message, result: sent, digest, receipt, receiptHash: hash } of results) {
		const { orderId: id, job, node, ...result } = message;
		assert.equal(packResult(result).outcome, BigInt(sent.outcome));
		assert.deepEqual(unpackResult(packResult(result)), result);
		assert.equal(resultDigest(deployment, { orderId: id, job, node, result }), digest);
		assert.equal(receiptHash({ ...receipt, pay: BigInt(receipt.pay) }), hash);
	}
});

test("behavior: prices and pay are those of Solidity", () => {
	type PriceVector = {
		order: string;
		delay: string;
		unitPrice: string;
		pays: { status: number; billed: string; pay: string }[];
	};
	for (const { order, delay, unitPrice: price, pays } of read<PriceVector[]>("prices")) {
		const terms = orderNamed(order);
		assert.equal(unitPrice(terms, Number(delay)), BigInt(price), order);
		for (const { status, billed, pay } of pays) {
			const result = { status, billed: Number(billed) };
			assert.equal(payOf(terms, Number(delay), result), BigInt(pay), `${order} ${status} ${billed}`);
		}
	}
});

test("behavior: the draw is that of Solidity", () => {
	type DrawVector = { orderId: Hex; job: number; node: Address; nodes: string; step: string };
	const draws = read<DrawVector[]>("sortition");
	assert.ok(draws.some(({ step }) => step !== "0"));
	for (const { orderId: id, job, node, nodes, step } of draws) {
		const draw = { orderId: id, job, node, postedAt: 0, active: Number(nodes), step: 1 };
		assert.equal(eligibleAt({ ...draw, terms: { node: zeroAddress, rampFor: 0 } }), Number(step));
	}
});

test("behavior: a node's consent is signed as Solidity checks it", async () => {
	type ConsentVector = { message: { owner: Address; node: Address; class: number; deadline: string }; signature: Hex };
	const { message, signature } = read<ConsentVector>("consent");
	const signer = await recoverTypedDataAddress({
		domain: marketDomain(deployment),
		types: nodeConsentTypes,
		primaryType: "NodeConsent",
		message: { ...message, deadline: BigInt(message.deadline) },
		signature,
	});
	assert.equal(signer, message.node);
});

test("behavior: task and result trees are those of Solidity", () => {
	type TreeVector = {
		specDigests: Hex[];
		taskLeaves: Hex[];
		taskRoot: Hex;
		taskProofs: Hex[][];
		outputs: { index: number; taskLeaf: Hex; outputDigest: Hex; status: number; leaf: Hex }[];
		resultRoot: Hex;
	};
	for (const { specDigests, taskLeaves, taskRoot, taskProofs, outputs, resultRoot } of read<TreeVector[]>("trees")) {
		const leaves = specDigests.map((digest, index) => taskLeaf(index, digest));
		assert.deepEqual(leaves, taskLeaves);
		assert.equal(merkleRoot(leaves), taskRoot);
		leaves.forEach((leaf, index) => {
			const proof = merkleProof(leaves, index);
			assert.deepEqual(proof, taskProofs[index]);
			assert.ok(verifyProof(taskRoot, leaf, proof));
		});
		assert.equal(merkleRoot(outputs.map(resultLeaf)), resultRoot);
	}
});
