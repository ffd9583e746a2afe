import { relative, resolve } from "node:path";
import { run } from "node:test";
import { inspect } from "node:util";
import { ROOT, type Suite } from "./suites.ts";
import { line, type Tally } from "./tally.ts";

/** The longest any one file may take, so that a hang ends as a failure with a name; full counts may take hours. */
const fileTimeoutMs = () => (process.env.DEPIN_DEEP ? 240 : 20) * 60_000;

interface FileState {
	passed: number;
	failed: number;
	output: string;
}

/** What a passed or failed test says of itself, as far as it is used here. */
interface Ended {
	name: string;
	file?: string | undefined;
	skip?: string | boolean | undefined;
	details: { duration_ms: number; type?: string | undefined; error?: Error };
}

/** Runs the suite's `node:test` files, each in a process of its own, and prints as they end. */
export async function runNodeTests(suite: Suite, tally: Tally): Promise<void> {
	if (suite.files.length === 0) return;
	const files = suite.files.map((file) => resolve(ROOT, file));
	const reporter = newReporter(suite, tally);
	const timeout = fileTimeoutMs();
	for await (const { type, data } of run({ files, concurrency: suite.atOnce, timeout, cwd: ROOT })) {
		if (type === "test:pass" || type === "test:fail") reporter.ended(data, type === "test:pass");
		else if (type === "test:stdout" || type === "test:stderr") reporter.wrote(data.file, data.message);
		else if (type === "test:summary" && data.file !== undefined) reporter.fileEnded(data.file, data.duration_ms / 1000);
	}
}

function newReporter(suite: Suite, tally: Tally) {
	const states = new Map<string, FileState>();
	const stateOf = (file: string) => {
		const state = states.get(file) ?? { passed: 0, failed: 0, output: "" };
		states.set(file, state);
		return state;
	};

	function ended(test: Ended, passed: boolean): void {
		const file = shorten(test.file ?? test.name);
		const isFile = shorten(resolve(ROOT, test.name)) === file;
		// Groups only sum up their tests, unless none of them was run; and so does a file that could be run.
		if ((test.details.type === "suite" && test.skip === undefined) || (isFile && passed)) return;
		const name = isFile ? file : `${file}: ${test.name}`;
		const seconds = test.details.duration_ms / 1000;
		if (test.skip !== undefined) {
			const reason = typeof test.skip === "string" ? test.skip : "no reason given";
			tally.skipped.push(`${name} (${reason})`);
			line("skipped", name, undefined, reason);
		} else if (passed) {
			stateOf(file).passed += 1;
			tally.passed += 1;
			if (suite.byName) line("ok", name, seconds);
		} else {
			stateOf(file).failed += 1;
			tally.failed.push(name);
			line("FAILED", name, seconds);
			const reason = inspect(test.details.error?.cause ?? test.details.error, { depth: 4 });
			console.log(indent(isFile ? `${reason}\n${stateOf(file).output}`.trimEnd() : reason));
		}
	}

	function wrote(file: string | undefined, text: string): void {
		const state = stateOf(shorten(file ?? ""));
		state.output = (state.output + text).slice(-20_000);
	}

	function fileEnded(path: string, seconds: number): void {
		const file = shorten(path);
		const { passed, failed, output } = stateOf(file);
		line(failed === 0 ? "ok" : "FAILED", file, seconds, `${passed} of ${passed + failed} tests`);
		if (failed === 0 && suite.prints && output !== "") console.log(indent(output.trimEnd()));
		if (failed === 0 || output === "") return;
		console.log(indent(`its output ended:\n${output.trimEnd().split("\n").slice(-40).join("\n")}`));
	}

	return { ended, wrote, fileEnded };
}

const shorten = (file: string) => relative(ROOT, file);
const indent = (text: string) => text.replaceAll(/^/gm, "    ");
