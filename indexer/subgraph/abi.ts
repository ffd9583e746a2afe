// Writes the events of Market and panel, straight from the contracts' build, to where the manifest looks for its ABIs. Only the events:
// nothing is called, and the code generator trips over a parameter named `class`.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ARTIFACTS = "../../.depin/hardhat/artifacts/contracts/interfaces";
const interfaces = { Market: "IMarket", Panel: "IPanelArbiter" };

const folder = join(import.meta.dirname, "abis");
mkdirSync(folder, { recursive: true });
for (const [name, from] of Object.entries(interfaces)) {
	const artifact = resolve(import.meta.dirname, ARTIFACTS, `${from}.sol/${from}.json`);
	const { abi } = JSON.parse(readFileSync(artifact, "utf8")) as { abi: { type: string }[] };
	writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(abi.filter(({ type }) => type === "event"))}\n`);
}
