// `npm run check [-- --fix]`: everything that can be said of the sources without running them. Runs all, then a table.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { ensureContracts } from "../deploy/contracts.ts";
import { SetupFailure } from "../deploy/setup/failure.js";
import { type Check, checks, ROOT } from "./checks.ts";

interface Outcome {
	name: string;
	ok: boolean;
	seconds: number;
	output: string;
}

async function run({ name, command, fix }: Check, mend: boolean): Promise<Outcome> {
	const [program = "", ...args] = mend && fix !== undefined ? fix : command;
	const began = Date.now();
	const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
	const parts: Buffer[] = [];
	child.stdout.on("data", (part: Buffer) => parts.push(part));
	child.stderr.on("data", (part: Buffer) => parts.push(part));
	const code = await new Promise((settle, reject) => child.once("error", reject).once("close", settle));
	const output = Buffer.concat(parts).toString();
	return { name, ok: code === 0, seconds: (Date.now() - began) / 1000, output };
}

/** Runs them in order, as many at once as there are processors, each reported as it ends. */
async function runAll(list: Check[], mend: boolean): Promise<Outcome[]> {
	const waiting = [...list];
	const outcomes: Outcome[] = [];
	const lane = async () => {
		for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
			const outcome = await run(check, mend);
			outcomes.push(outcome);
			if (!outcome.ok) console.log(`\n── ${outcome.name} ──\n${outcome.output.trimEnd()}\n`);
		}
	};
	// What mends must not race with what reads the same files.
	const lanes = mend ? 1 : Math.max(2, Math.min(4, availableParallelism()));
	await Promise.all(Array.from({ length: lanes }, lane));
	return outcomes;
}

function print(outcomes: Outcome[]): void {
	const width = Math.max(...outcomes.map(({ name }) => name.length));
	for (const { name, ok, seconds } of outcomes) {
		console.log(`${ok ? "ok    " : "FAILED"}  ${name.padEnd(width)}  ${seconds.toFixed(1).padStart(5)} s`);
	}
	const sizes = outcomes.find(({ name }) => name === "contract sizes");
	if (sizes?.ok) console.log(`\n${sizes.output.trimEnd()}`);
	const failed = outcomes.filter(({ ok }) => !ok).length;
	console.log(failed === 0 ? `\n${outcomes.length} checks passed` : `\n${failed} of ${outcomes.length} checks failed`);
}

async function build(): Promise<Outcome | undefined> {
	const began = Date.now();
	try {
		await ensureContracts((line) => console.error(`setup: ${line}`));
		return undefined;
	} catch (error) {
		if (!(error instanceof SetupFailure)) throw error;
		console.log(error.message);
		return { name: "contracts build", ok: false, seconds: (Date.now() - began) / 1000, output: error.message };
	}
}

const mend = process.argv.includes("--fix");
const broken = await build();
const possible = checks.filter(({ needsBuild }) => !(needsBuild && broken));
const outcomes = [...(broken === undefined ? [] : [broken]), ...(await runAll(possible, mend))];
print(outcomes);
if (outcomes.some(({ ok }) => !ok)) process.exitCode = 1;
