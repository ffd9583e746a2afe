import assert from "node:assert/strict";
import { test } from "node:test";
import { createBudgets } from "./budgets.ts";

const allowance = { perMinute: 60, burst: 3 };

test("default", () => {
	let now = 0;
	const budgets = createBudgets(() => now);
	const spend = () => budgets.spend("a", allowance).allowed;
	assert.deepEqual([spend(), spend(), spend(), spend()], [true, true, true, false]);
	assert.equal(budgets.spend("a", allowance).retryAfterSeconds, 1);
	now = 999;
	assert.equal(spend(), false);
	now = 1_000;
	assert.deepEqual([spend(), spend()], [true, false]);
});

test("behavior: a pause saves up a burst and no more", () => {
	let now = 0;
	const budgets = createBudgets(() => now);
	for (let index = 0; index < 3; index++) budgets.spend("a", allowance);
	now = 3_600_000;
	assert.equal(budgets.spend("a", allowance).remaining, 2);
});

test("behavior: clients do not share a budget, and strangers do not fill the memory", () => {
	const budgets = createBudgets(() => 0, 10);
	for (let index = 0; index < 3; index++) budgets.spend("a", allowance);
	assert.equal(budgets.spend("b", allowance).allowed, true);
	for (let index = 0; index < 1_000; index++) budgets.spend(`c${index}`, allowance);
	assert.equal(budgets.size, 10);
});
