import assert from "node:assert/strict";
import { test } from "node:test";
import snapshot from "./gas.snapshot.json" with { type: "json" };
import { type GasReport, measureGas } from "./measureGas.ts";

/** What packing changes of the compiler or a hash's zero bytes may move. */
const TOLERANCE = 0.005;

test("default: gas of every call is what the committed snapshot says", async () => {
	const measured = flatten(await measureGas());
	const known = flatten(snapshot);
	assert.deepEqual([...measured.keys()], [...known.keys()]);
	for (const [name, gas] of measured) {
		const before = known.get(name) ?? 0;
		const drift = Math.abs(gas - before) / before;
		assert.ok(
			drift <= TOLERANCE,
			`${name}: ${gas} gas, snapshot ${before}; npm run bench:gas -- --update if it is meant`,
		);
	}
});

function flatten({ calls, ...sums }: GasReport): Map<string, number> {
	return new Map([...Object.entries(calls).map(([name, { gas }]) => [name, gas] as const), ...Object.entries(sums)]);
}
