// Writes the Market's events, straight from the contracts' build, to where the manifest looks for its ABI. Only the events:
// nothing is called, and the code generator trips over a parameter named `class`.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ARTIFACT = "../../.depin/hardhat/artifacts/contracts/interfaces/IMarket.sol/IMarket.json";

const { abi } = JSON.parse(readFileSync(resolve(import.meta.dirname, ARTIFACT), "utf8")) as { abi: { type: string }[] };
const folder = join(import.meta.dirname, "abis");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "Market.json"), `${JSON.stringify(abi.filter(({ type }) => type === "event"))}\n`);
