import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseTier, runtimeOf, type Tier, tierOf } from "./tiers.ts";

test("default", () => {
	// asked, floor of the class, offered → what it runs under
	const table: [Tier, Tier, Tier[], Tier | undefined][] = [
		["container", "container", ["container", "sandbox"], "container"],
		["container", "container", ["sandbox"], "sandbox"],
		["container", "sandbox", ["container", "sandbox"], "sandbox"],
		["sandbox", "container", ["container", "vm"], "vm"],
		["vm", "container", ["container", "sandbox"], undefined],
		["sandbox", "container", ["container"], undefined],
		["container", "vm", ["container", "sandbox"], undefined],
		["container", "container", [], undefined],
	];
	for (const [asked, floor, offered, expected] of table)
		assert.equal(chooseTier(asked, floor, offered), expected, `${asked}, floor ${floor}, of ${offered}`);
});

test("behavior: a runtime is found by the names it is registered under", () => {
	const listed = ["io.containerd.runc.v2", "runc", "runsc", "kata-fc"];
	assert.deepEqual(
		(["container", "sandbox", "vm"] as const).map((tier) => runtimeOf(tier, listed)),
		["runc", "runsc", "kata-fc"],
	);
	assert.equal(runtimeOf("vm", ["io.containerd.kata.v2"]), "io.containerd.kata.v2");
	assert.equal(runtimeOf("sandbox", ["runc", "runsc-debug"]), undefined, "another configuration is another runtime");
});

test("behavior: a runtime nobody knows counts as the weakest tier", () => {
	assert.deepEqual(["runc", "runsc", "kata", "youki", "katana"].map(tierOf), [
		"container",
		"sandbox",
		"vm",
		"container",
		"container",
	]);
});
