import assert from "node:assert/strict";
import { test } from "node:test";
import snapshot from "./gas.snapshot.json" with { type: "json" };
import { measureGas } from "./measureGas.ts";

test("default: every call costs what the committed snapshot says, to the unit", async () => {
	const differs = "a call's gas changed; `npm run bench:gas -- --update` writes the snapshot if that is meant";
	assert.deepEqual(await measureGas(), snapshot, differs);
});
