import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { marketAbi, panelArbiterAbi } from "depin/abi";
import { createConfig } from "ponder";
import { isLocalChain, readDeployment } from "./deployment.ts";
import { requireSameChain } from "./sameChain.ts";

const deployment = readDeployment(process.env.DEPIN_DEPLOYMENT);
const local = isLocalChain(deployment);
const rpcUrl = process.env.DEPIN_RPC_URL ?? "http://127.0.0.1:8545";
// Ponder asks each provider at most 20 times a second at first, which a stranger's deserves and our own chain does not:
// listed this often, hundreds of blocks are there within a second.
const LOCAL_PROVIDERS = 25;
const databaseUrl = process.env.DATABASE_URL;
const { schema = process.env.DATABASE_SCHEMA } = parseArgs({
	strict: false,
	options: { schema: { type: "string" } },
}).values;
// `ponder serve` only reads what another process keeps.
if (databaseUrl && typeof schema === "string" && !process.argv.includes("serve"))
	await requireSameChain({ databaseUrl, schema, rpcUrl });

export default createConfig({
	database: databaseUrl
		? { kind: "postgres", connectionString: databaseUrl }
		: { kind: "pglite", directory: emptyStore(process.env.DEPIN_INDEXER_DIR ?? ".ponder") },
	chains: {
		market: {
			id: deployment.chainId,
			rpc: local ? Array.from({ length: LOCAL_PROVIDERS }, () => rpcUrl) : rpcUrl,
			pollingInterval: local ? 200 : 1_000,
			disableCache: local,
		},
	},
	contracts: {
		Market: { abi: marketAbi, chain: "market", address: deployment.market, startBlock: deployment.startBlock },
		Panel: { abi: panelArbiterAbi, chain: "market", address: deployment.arbiter, startBlock: deployment.startBlock },
	},
});

/**
 * Ponder runs PGlite without transactions: a process that ends while it writes leaves half a batch behind, and the next
 * one would count that half twice. So PGlite's rows are rebuilt from the chain at each start; PostgreSQL's are kept.
 */
function emptyStore(dir: string): string {
	const store = join(dir, "pglite");
	rmSync(store, { recursive: true, force: true });
	return store;
}
