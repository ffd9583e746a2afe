import assert from "node:assert/strict";
import { test } from "node:test";
import { type Deterrence, doubtsOf } from "./deterrence.ts";

const plain: Deterrence = {
	replicas: 1,
	verified: false,
	match: "exact",
	price: 500_000n,
	stake: 100_000_000n,
	owners: 9,
	minOwners: 4,
	local: false,
};

const table: [string, Partial<Deterrence>, RegExp | undefined][] = [
	["default: says how much to check", {}, /unless 0\.74 % of such results/],
	["a price near the stake asks for more", { price: 100_000_000n }, /unless 56 % of/],
	["three replicas need no word", { replicas: 3 }, undefined],
	["a verifier needs no word", { verified: true }, undefined],
	["a class too small for a panel", { owners: 3 }, /3 owner\(s\), and a panel needs 4/],
	[
		"the same on a network at home, said calmly",
		{ owners: 2, local: true },
		/^results cannot be challenged here: .* 2 owner\(s\)/,
	],
	["no arbiter at all", { minOwners: undefined }, /nobody on this Market/],
	["nothing to compare", { match: "none" }, /match is none/],
	["no stake at all", { stake: 0n }, /unless 89 %/],
];

for (const [name, over, expected] of table)
	test(name.startsWith("default") ? name : `behavior: ${name}`, () => {
		const [doubt] = doubtsOf({ ...plain, ...over });
		if (expected) assert.match(doubt ?? "", expected);
		else assert.equal(doubt, undefined);
	});
