// Where two tables tell of the same money or the same jobs, they must agree: what the chain has no view of.
import assert from "node:assert/strict";
import { table } from "./compare.ts";
import type { Rows } from "./mirror.ts";
import { assertStatsAgree } from "./statsBooks.ts";

type Row = Record<string, unknown>;

/** Asserts that accounts, orders, nodes, providers, jobs, results, payments, totals and statistics add up to each other. */
export function assertBooksAgree(rows: Rows): void {
	for (const account of table(rows, "account")) {
		const who = account["address"];
		const orders = table(rows, "order").filter(({ consumer }) => consumer === who);
		const nodes = table(rows, "node").filter(({ owner }) => owner === who);
		for (const name of ["escrow", "spent", "refunded"]) same(account, orders, name);
		for (const name of ["earned", "slashed"]) same(account, nodes, name);
		assert.equal(account["staked"], `${sum(nodes, "stake")}`, `staked of ${who}`);
		const payments = table(rows, "payment").filter(({ from, to }) => from === who || to === who);
		assert.equal(BigInt(String(account["free"])), freeAfter(String(who), payments), `free of ${who}`);
	}
	const [total = {}] = table(rows, "total");
	const amounts = ["free", "fees", "escrow", "staked", "deposited", "withdrawn", "spent", "refunded", "earned"];
	for (const name of [...amounts, "feesPaid", "bounties", "slashed"]) same(total, table(rows, "account"), name);
	for (const provider of table(rows, "provider")) {
		const nodes = table(rows, "node").filter(({ owner }) => owner === provider["address"]);
		assert.equal(provider["nodes"], nodes.length);
		assert.equal(provider["active"], nodes.filter(({ status }) => status === "active").length);
		for (const name of jobCounts) same(provider, nodes, name);
	}
	for (const name of jobCounts) same(total, table(rows, "node"), name);
	assert.equal(total["orders"], table(rows, "order").length);
	const paid = table(rows, "job").filter(({ state }) => state === "paid");
	assert.equal(Number(total["jobsOk"]), paid.filter(({ status }) => status === 0).length);
	assert.equal(Number(total["jobsFailed"]), paid.filter(({ status }) => status !== 0).length);
	assert.equal(BigInt(String(total["spent"])), sum(paid, "pay"));
	for (const job of table(rows, "job").filter(({ digest }) => digest !== null)) {
		const last = table(rows, "result").findLast(
			({ orderId, number }) => orderId === job["orderId"] && number === job["number"],
		);
		assert.equal(last?.["digest"], job["digest"], `result of ${job["orderId"]}/${job["number"]}`);
	}
	assertStatsAgree(rows);
}

const jobCounts = ["jobsOk", "jobsFailed", "jobsReopened", "jobsExpired"];

/** What is free after these payments and nothing else, reckoned apart from the mirror's own rules. */
function freeAfter(who: string, payments: Row[]): bigint {
	const gives = ["withdrawal", "escrow", "stake"];
	const gets = ["deposit", "pay", "refund", "unstake", "bounty"];
	return payments.reduce((free, { kind, from, to, amount }) => {
		const value = BigInt(String(amount));
		const given = from === who && gives.includes(String(kind)) ? value : 0n;
		const got = to === who && gets.includes(String(kind)) ? value : 0n;
		return free + got - given;
	}, 0n);
}

function same(row: Row, parts: Row[], name: string): void {
	assert.equal(BigInt(String(row[name])), sum(parts, name), name);
}

function sum(rows: Row[], name: string): bigint {
	return rows.reduce((total, row) => total + BigInt(String(row[name])), 0n);
}
