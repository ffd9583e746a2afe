// The least that Ponder can do with the market's events, as the measure of what the mirror's own work costs: the same
// chain, contract and database settings as the mirror's.
import { marketAbi } from "depin/abi";
import { createConfig } from "ponder";
import { readDeployment } from "../../deployment.ts";

const deployment = readDeployment(process.env.DEPIN_DEPLOYMENT);
const rpcUrl = process.env.DEPIN_RPC_URL ?? "http://127.0.0.1:8545";

export default createConfig({
	database: { kind: "postgres", connectionString: process.env.DATABASE_URL ?? "" },
	chains: {
		market: {
			id: deployment.chainId,
			rpc: Array.from({ length: 25 }, () => rpcUrl),
			pollingInterval: 200,
			disableCache: true,
		},
	},
	contracts: {
		Market: { abi: marketAbi, chain: "market", address: deployment.market, startBlock: deployment.startBlock },
	},
});
