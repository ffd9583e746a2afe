// Prints the runtime size of each deployed contract; fails above the limit of EIP-170.
import { artifacts } from "hardhat";

const LIMIT = 24_576;

const deployed = [
	"Market",
	"MarketExtension",
	"MarketDisputes",
	"PanelArbiter",
	"LocalBeacon",
	"SignerQuorumVerifier",
	"MeasuredReportVerifier",
];

for (const name of deployed) {
	const { deployedBytecode } = await artifacts.readArtifact(name);
	const size = (deployedBytecode.length - 2) / 2;
	console.log(`${name} ${size} of ${LIMIT} bytes`);
	if (size > LIMIT) {
		console.error(`${name} is ${size - LIMIT} bytes too big to deploy: move rare calls to the other piece`);
		process.exitCode = 1;
	}
}
