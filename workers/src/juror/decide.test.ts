import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verdict } from "depin";
import { zeroHash } from "viem";
import { nextStep, type Standing, type Step } from "./decide.ts";

const drawn: Standing = {
	seat: { committed: false, revealed: false },
	concluded: false,
	commitBy: 100,
	dataBy: 50,
	revealFrom: 101,
	revealBy: 160,
};
const vote = (verdict: Verdict = "valid") => ({ vote: { verdict, digest: zeroHash }, because: "it is so" });
const seat = (committed: boolean, revealed = false) => ({ seat: { committed, revealed } });

const table: [string, Partial<Standing>, ReturnType<typeof vote> | undefined, number, Step][] = [
	["default: a drawn juror judges", {}, undefined, 10, "judge"],
	["commits what it found", {}, vote(), 10, "commit"],
	["in the last second too", {}, vote(), 100, "commit"],
	["but not later", {}, vote(), 101, "missed"],
	["never judged in time", {}, undefined, 101, "missed"],
	["keeps back that data is missing", {}, vote("unavailable"), 49, "nothing"],
	["until the data is late", {}, vote("unavailable"), 50, "commit"],
	["waits for the others", seat(true), vote(), 50, "nothing"],
	["opens when all committed", { ...seat(true), revealFrom: 40, revealBy: 99 }, vote(), 50, "reveal"],
	["opens when committing is over", seat(true), vote(), 101, "reveal"],
	["opens in the last second", seat(true), vote(), 160, "reveal"],
	["not after it", seat(true), vote(), 161, "missed"],
	["cannot open what it forgot", seat(true), undefined, 120, "missed"],
	["has done its duty", seat(true, true), vote(), 120, "nothing"],
	["is not drawn", { seat: undefined }, undefined, 10, "nothing"],
	["nobody is drawn yet", { commitBy: 0 }, undefined, 10, "nothing"],
	["it is over", { concluded: true }, vote(), 10, "nothing"],
];

for (const [name, over, known, now, step] of table)
	test(name.startsWith("default") ? name : `behavior: ${name}`, () => {
		assert.equal(nextStep({ ...drawn, ...over }, known, now), step);
	});
