// Writes the sdk's ABIs from the build's artifacts; `--check` fails when a committed file is stale instead.
import { readFileSync, writeFileSync } from "node:fs";
import { artifacts } from "hardhat";

const sources = { IMarket: "market", IPanelArbiter: "panelArbiter", DevnetUSD: "devnetUsd" } as const;
const check = process.argv.includes("--check");
let stale = false;

for (const [contract, name] of Object.entries(sources)) {
	const { abi } = await artifacts.readArtifact(contract);
	const path = new URL(`../../sdk/src/abi/${name}.ts`, import.meta.url);
	const text = `// Generated from contracts by \`npm run generate\`; do not edit.\nexport const ${name}Abi = [\n\t${abi.map((entry) => JSON.stringify(entry)).join(",\n\t")},\n] as const;\n`;
	if (!check) writeFileSync(path, text);
	else if (readFileSync(path, "utf8") !== text) {
		console.error(`sdk/src/abi/${name}.ts is stale: run \`npm run generate\` and commit it`);
		stale = true;
	}
}
if (stale) process.exitCode = 1;
