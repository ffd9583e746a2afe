import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { DeploymentError, readDeployment } from "../deployment.ts";

suite("readDeployment", () => {
	const dir = mkdtempSync(join(tmpdir(), "depin-deployment-"));
	const path = join(dir, "deployment.json");
	after(() => rmSync(dir, { recursive: true, force: true }));

	const market = "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9";
	const record = { chainId: 31337, market, asset: market, arbiter: market, startBlock: 7 };

	test("default", () => {
		writeFileSync(path, JSON.stringify({ ...record, authority: market }));
		assert.deepEqual(readDeployment(path), record);
	});

	const refusals: [what: string, text: string, says: RegExp][] = [
		["what is not JSON", "{", /no deployment record can be read/],
		["a list", "[]", /chainId must be a whole number/],
		["no chain", JSON.stringify({ ...record, chainId: null }), /chainId must be a whole number/],
		["a block before the first", JSON.stringify({ ...record, startBlock: -1 }), /startBlock must be a whole number/],
		["a short address", JSON.stringify({ ...record, market: "0x12" }), /market must be an address/],
	];
	for (const [what, text, says] of refusals) {
		test(`behavior: refuses ${what}`, () => {
			writeFileSync(path, text);
			assert.throws(
				() => readDeployment(path),
				(error) => error instanceof DeploymentError && says.test(error.message),
			);
		});
	}

	test("behavior: says which variable is missing", () => {
		assert.throws(() => readDeployment(undefined), /DEPIN_DEPLOYMENT is not set/);
	});
});
