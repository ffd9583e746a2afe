// The devnet's chain, in a process of its own: `node chainProcess.ts <port>`, 0 for any. Says where it listens.
import { createHardhatRuntimeEnvironment } from "hardhat/hre";

const HOST = "127.0.0.1";

// Without the project: `hardhat node` reads every build first, for traces that nobody looks at here, and takes seconds over it.
const { network } = await createHardhatRuntimeEnvironment({
	// A burst of transactions must not run ahead of the clock by a second each.
	networks: { devnet: { type: "edr-simulated", chainType: "l1", allowBlocksWithSameTimestamp: true } },
});
const server = await network.createServer({ network: "devnet" }, HOST, Number(process.argv[2]));
const { port } = await server.listen();
console.log(`chain at http://${HOST}:${port}`);
