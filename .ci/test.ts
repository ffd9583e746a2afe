// `npm test [suite …] [-- --deep] [-- --prove]`: every suite, or the named ones, on the real parts. Ends with `N passed, N failed`.
import { ensureContracts } from "../deploy/contracts.ts";
import { ensureEngine } from "../deploy/engine/ensure.ts";
import { SetupFailure } from "../deploy/setup/failure.js";
import { ensureServers } from "../deploy/setup/servers.ts";
import { runNodeTests } from "./nodeTests.ts";
import { runSolidityTests } from "./solidityTests.ts";
import { type Suite, suites } from "./suites.ts";
import { line, newTally, summary, type Tally, unexcused } from "./tally.ts";

const say = (text: string) => console.error(`setup: ${text}`);

function chosenSuites(names: string[]): Suite[] {
	const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
	if (unknown.length === 0) return names.length === 0 ? suites : suites.filter(({ name }) => names.includes(name));
	console.error(`no suite ${unknown.join(", ")}; there are ${suites.map(({ name }) => name).join(", ")}`);
	process.exit(2);
}

/** Makes ready what the suites need. Returns why containers cannot run, if they cannot. */
async function prepare(chosen: Suite[]): Promise<string | undefined> {
	await ensureContracts(say);
	await ensureServers([...new Set(chosen.flatMap(({ servers = [] }) => servers))], say);
	if (!chosen.some(({ needsEngine }) => needsEngine)) return undefined;
	try {
		const { socketPath } = await ensureEngine(say);
		if (socketPath !== "/var/run/docker.sock") process.env.DOCKER_HOST = `unix://${socketPath}`;
		return undefined;
	} catch (error) {
		if (!(error instanceof SetupFailure)) throw error;
		return error.message;
	}
}

async function runSuite(suite: Suite, tally: Tally, lack: string | undefined): Promise<void> {
	console.log(`\n${suite.name}`);
	if (suite.needsEngine && lack !== undefined) {
		tally.skipped.push(`${suite.name} (${lack})`);
		line("skipped", suite.name, undefined, lack);
		return;
	}
	if (suite.solidity) await runSolidityTests(tally);
	await runNodeTests(suite, tally);
}

try {
	const args = process.argv.slice(2);
	// Read where a suite says how far it goes: hardhat.config.ts and the seeded tests.
	if (args.includes("--deep")) process.env.DEPIN_DEEP = "1";
	// Read by the hostile suite: each attack again, with what holds it switched off.
	if (args.includes("--prove")) process.env.DEPIN_PROVE = "1";
	const chosen = chosenSuites(args.filter((argument) => !argument.startsWith("-")));
	const tally = newTally();
	const lack = await prepare(chosen);
	for (const suite of chosen) await runSuite(suite, tally, lack);

	console.log("");
	for (const name of tally.failed) line("FAILED", name);
	for (const name of tally.skipped) line("skipped", name);
	// A skip in CI that no missing hardware explains is a hole in the proof, not a detail.
	const holes = process.env.CI ? unexcused(tally) : [];
	for (const name of holes) console.log(`not excused in CI: ${name}`);
	console.log(summary(tally));
	process.exit(tally.failed.length + holes.length === 0 && tally.passed > 0 ? 0 : 1);
} catch (error) {
	if (!(error instanceof SetupFailure)) throw error;
	console.error(error.message);
	console.log("0 passed, 1 failed");
	process.exit(1);
}
