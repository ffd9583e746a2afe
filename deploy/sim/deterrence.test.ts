import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MOST_SAVED } from "depin";
import { plot } from "./plot.ts";
import { gainOfCheating } from "./simulate.ts";
import { study } from "./study.ts";
import { table } from "./table.ts";

const cases = study();
const committed = (path: string) => readFileSync(new URL(`../../docs/${path}`, import.meta.url), "utf8");

test("default: the break-even found by trying agrees with the formula within 10 %", () => {
	for (const { cheats, stake, formula, simulated } of cases) {
		const off = Math.abs(simulated / formula - 1);
		assert.ok(off < 0.1, `${cheats * 100} % cheats, stake ${stake}: ${simulated} by trying, ${formula} by the formula`);
	}
});

test("behavior: a node with more results unpaid risks more, so the formula is on the safe side", () => {
	for (const { simulated, withUnpaid } of cases) assert.ok(withUnpaid < simulated * 1.02);
});

test("behavior: who is never looked at gains all it saves, who always is loses its stake", () => {
	const world = { nodes: 200, cheats: 0.1, present: 1, saved: MOST_SAVED, stake: 100, unpaid: 0 };
	assert.equal(gainOfCheating(world, 0, 1_000, 1).toFixed(6), MOST_SAVED.toFixed(6));
	assert.ok(gainOfCheating(world, 1, 1_000, 1) < -50);
});

test("behavior: table and picture in docs/economics.md are what the simulation says", () => {
	assert.ok(committed("economics.md").includes(table(cases)), "paste what `npm run sim:deterrence` prints");
	assert.equal(committed("img/deterrence.svg"), plot(cases), "run `npm run sim:deterrence -- --write`");
});
