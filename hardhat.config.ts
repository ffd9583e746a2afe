import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import hardhatToolboxViem from "@nomicfoundation/hardhat-toolbox-viem";
import { defineConfig } from "hardhat/config";

// The compiler comes from npm, so that a build needs no download; one profile, so that what is tested is what is deployed.
const solc = { version: "0.8.37", path: createRequire(import.meta.url).resolve("solc/soljson.js") };
const settings = { optimizer: { enabled: true, runs: 200 }, viaIR: true, evmVersion: "cancun" as const };

// How far the stateful fuzz goes: well under a minute, or with DEPIN_DEEP=1 as long as it takes.
const invariant = process.env.DEPIN_DEEP === "1" ? { runs: 64, depth: 200 } : { runs: 24, depth: 80 };

// Tests run the market's own artifacts, as deployed; their own code needs no optimizer, which saves minutes of compiling.
// The harness stays out: the libraries it opens are the thing under test.
const tests = readdirSync(new URL("contracts/test", import.meta.url), { recursive: true, encoding: "utf8" })
	.filter((file) => file.endsWith(".sol") && !file.startsWith("harness"))
	.map((file) => [`contracts/test/${file}`, { ...solc, settings: { evmVersion: settings.evmVersion } }]);
const overrides = Object.fromEntries(tests);

export default defineConfig({
	plugins: [hardhatToolboxViem],
	paths: {
		sources: "contracts",
		tests: { solidity: "contracts/test", nodejs: "contracts/test" },
		artifacts: ".depin/hardhat/artifacts",
		cache: ".depin/hardhat/cache",
		ignition: "deploy/ignition",
	},
	solidity: {
		npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"],
		profiles: {
			default: { compilers: [{ ...solc, settings }], overrides, isolated: false },
			production: { compilers: [{ ...solc, settings }], overrides, isolated: false },
		},
	},
	networks: {
		localhost: { type: "http", chainType: "l1", url: process.env.DEPIN_RPC_URL ?? "http://127.0.0.1:8545" },
	},
	test: { solidity: { fuzz: { runs: 256, seed: "0x01" }, invariant: { ...invariant, failOnRevert: true } } },
});
