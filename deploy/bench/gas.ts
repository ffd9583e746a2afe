// `npm run bench:gas [-- --json] [-- --update]`: what every call costs; `--update` writes the committed snapshot.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureContracts } from "../contracts.ts";
import { measureGas } from "./measureGas.ts";

const SNAPSHOT = join(import.meta.dirname, "gas.snapshot.json");

await ensureContracts((line) => console.error(`setup: ${line}`));
const report = await measureGas();
for (const [name, { gas, calldata, nonZero }] of Object.entries(report.calls)) {
	console.error(`${name.padEnd(16)}${gas.toLocaleString("en").padStart(9)} gas  ${calldata}/${nonZero} bytes`);
}
for (const name of ["job", "pipelinedJob", "taskOf1000"] as const) {
	console.error(`${name.padEnd(16)}${report[name].toLocaleString("en").padStart(9)} gas`);
}
if (process.argv.includes("--update")) writeFileSync(SNAPSHOT, `${JSON.stringify(report, undefined, "\t")}\n`);
else if (JSON.stringify(report) !== JSON.stringify(JSON.parse(readFileSync(SNAPSHOT, "utf8")))) {
	console.error(
		"differs from gas.snapshot.json: `npm run bench:gas -- --update` writes it, and the diff says what changed",
	);
}
if (process.argv.includes("--json")) console.log(JSON.stringify(report));
