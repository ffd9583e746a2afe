// Lists every external function, event and error of the deployed contracts that SPEC.md does not mention; fails if any.
import { readFileSync } from "node:fs";
import { artifacts } from "hardhat";

const contracts = [
	"IMarket",
	"Market",
	"MarketExtension",
	"MarketDisputes",
	"PanelArbiter",
	"IArbiter",
	"IVerifier",
	"IBeacon",
	"LocalBeacon",
	"SignerQuorumVerifier",
	"MeasuredReportVerifier",
];

const words = new Set(readFileSync(new URL("../SPEC.md", import.meta.url), "utf8").match(/\w+/g));
const missing = new Set<string>();
for (const contract of contracts) {
	const { abi } = await artifacts.readArtifact(contract);
	for (const entry of abi) {
		if (!("name" in entry) || words.has(entry.name)) continue;
		missing.add(`${entry.type} ${entry.name} of ${contract}`);
	}
}
for (const line of missing) console.error(line);
if (missing.size > 0) {
	console.error(`contracts/SPEC.md does not mention these ${missing.size}`);
	process.exitCode = 1;
} else console.log("SPEC.md mentions every external function, event and error");
