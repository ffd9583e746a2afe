import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { attacks as containers } from "./attacks/all.ts";
import { egressAttacks } from "./egress/attacks.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const attacks = [...containers, ...egressAttacks];
/** Last cells of the tables with three columns. */
const proofs = readFileSync(join(ROOT, "docs/security.md"), "utf8")
	.split("\n")
	.filter((line) => line.split(" | ").length === 3 && line.includes("`"))
	.map((line) => line.split(" | ").at(-1) ?? "")
	.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));

test("default", () => {
	assert.ok(proofs.length > 60);
	for (const proof of proofs) assert.ok(exists(proof), `docs/security.md names a proof that is not there: ${proof}`);
});

test("behavior: every attack of the suite stands on the page", () => {
	const missing = attacks.map(({ name }) => name).filter((name) => !proofs.includes(name));
	assert.deepEqual(missing, []);
});

function exists(proof: string): boolean {
	const [, file, name] = /^([\w./-]+\.(?:ts|sol)): (.+)$/.exec(proof) ?? [];
	if (file === undefined || name === undefined) return attacks.some((attack) => attack.name === proof);
	return existsSync(join(ROOT, file)) && readFileSync(join(ROOT, file), "utf8").includes(name);
}
