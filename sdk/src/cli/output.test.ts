import assert from "node:assert/strict";
import { test } from "node:test";
import { DepinError } from "../errors/base.ts";
import { createOutput, table, untrusted } from "./output.ts";

function streams() {
	const written = { stdout: "", stderr: "" };
	const to = (name: keyof typeof written) => ({
		write: (text: string) => {
			written[name] += text;
		},
	});
	return { written, stdout: to("stdout"), stderr: to("stderr") };
}

test("default: answers go to stdout, progress to stderr", () => {
	const io = streams();
	const out = createOutput(io, { json: false, quiet: false, color: false });
	out.progress("working");
	out.answer({ amount: 5n }, ["five", "lines"]);
	assert.deepEqual(io.written, { stdout: "five\nlines\n", stderr: "working\n" });
});

test("behavior: --json is one object, amounts as decimal strings, also when the command fails", () => {
	const io = streams();
	const out = createOutput(io, { json: true, quiet: false, color: false });
	out.answer({ amount: 2n ** 100n, none: null }, ["not shown"]);
	out.failure(new DepinError("it broke", { hint: "Fix it." }));
	assert.deepEqual(JSON.parse(io.written.stdout), { amount: String(2n ** 100n), none: null });
	const failed = streams();
	createOutput(failed, { json: true, quiet: true, color: false }).failure(
		new DepinError("it broke", { hint: "Fix it." }),
	);
	assert.deepEqual(JSON.parse(failed.written.stdout), {
		error: { code: "failure", message: "it broke", meta: [], hint: "Fix it.", retriable: false },
	});
});

test("behavior: --quiet silences progress, not warnings and failures", () => {
	const io = streams();
	const out = createOutput(io, { json: false, quiet: true, color: false });
	out.progress("working");
	out.warn("careful");
	out.failure(new DepinError("it broke"));
	assert.equal(io.written.stderr, "warning: careful\nerror: it broke\n");
});

test("behavior: a defect of the command shows where it happened", () => {
	const io = streams();
	createOutput(io, { json: false, quiet: false, color: false }).failure(new TypeError("x is undefined"));
	assert.match(io.written.stderr, /error: x is undefined\n {2}at .*output\.test\.ts/);
});

test("behavior: text of strangers cannot steer the terminal", () => {
	assert.equal(untrusted("a\u001b[2J\u001b]0;title\u0007b\rc\u009bd\u0000"), "abcd");
	const io = streams();
	createOutput(io, { json: false, quiet: false, color: true }).answer({}, [
		"\u001b[31mred\u001b[39m \u001b]8;;x\u0007",
	]);
	assert.equal(io.written.stdout, "\u001b[31mred\u001b[39m ]8;;x\n");
});

test("behavior: table columns align, colours do not count", () => {
	assert.deepEqual(
		table([
			["\u001b[32mok\u001b[39m", "x"],
			["failed", "y"],
		]),
		["\u001b[32mok\u001b[39m      x", "failed  y"],
	);
});
