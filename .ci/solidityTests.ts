import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { ROOT } from "./suites.ts";
import { line, type Tally } from "./tally.ts";

/** Runs Hardhat's Solidity tests and prints a line for each test contract as it ends. */
export async function runSolidityTests(tally: Tally): Promise<void> {
	const hardhat = join(ROOT, "node_modules/hardhat/dist/src/cli.js");
	const child = spawn(process.execPath, [hardhat, "test", "solidity"], {
		cwd: ROOT,
		stdio: ["ignore", "pipe", "pipe"],
	});
	const closed = new Promise<number | null>((settle, reject) => child.once("error", reject).once("close", settle));
	const errors: string[] = [];
	child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
	const reader = newReader(tally);
	const all: string[] = [];
	for await (const raw of createInterface({ input: child.stdout })) {
		all.push(raw);
		reader.take(stripVTControlCharacters(raw));
	}
	reader.end();
	const code = await closed;
	if (code === 0) return;
	if (reader.failures() === 0) tally.failed.push("Solidity tests (did not run to their end)");
	const end = [...all, ...errors]
		.join("\n")
		.trimEnd()
		.split("\n")
		.slice(reader.failures() === 0 ? -60 : -200);
	console.log(end.map((text) => `    ${text}`).join("\n"));
}

/** Understands Hardhat's report: a line `path.sol:Contract`, below it `✔ name`, `1) name`, `- name`. */
function newReader(tally: Tally) {
	let contract = "";
	let passed = 0;
	let failed = 0;
	let failures = 0;
	const end = () => {
		if (contract !== "")
			line(failed === 0 ? "ok" : "FAILED", contract, undefined, `${passed} of ${passed + failed} tests`);
		contract = "";
		passed = 0;
		failed = 0;
	};
	const take = (text: string) => {
		const heading = /^ {2}(\S+\.sol:\w+)\s*$/.exec(text)?.[1];
		const [, mark, name] = /^ {4}(✔|\d+\)|-) (.+)$/.exec(text) ?? [];
		if (heading !== undefined) {
			end();
			contract = heading;
		} else if (contract === "" || name === undefined) {
			// Past the last contract come the summary and the reasons, where numbers and dashes mean other things.
			if (/^ {2}\d+ (passing|failing)/.test(text)) end();
		} else if (mark === "✔") {
			passed += 1;
			tally.passed += 1;
		} else if (mark === "-") tally.skipped.push(`${contract}: ${name} (skipped in the source)`);
		else {
			failed += 1;
			failures += 1;
			tally.failed.push(`${contract}: ${name}`);
		}
	};
	return { take, end, failures: () => failures };
}
