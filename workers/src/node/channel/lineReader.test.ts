import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_LINE } from "depin/channel";
import { createLineReader } from "./lineReader.ts";

function linesOf(...chunks: (string | Uint8Array)[]): string[] {
	const lines: string[] = [];
	const reader = createLineReader((line) => lines.push(line));
	for (const chunk of chunks) reader.write(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
	reader.end();
	return lines;
}

test("default", () => {
	assert.deepEqual(linesOf("a\nb", "c\n\nd\n"), ["a", "bc", "", "d"]);
});

const cases: [string, (string | Uint8Array)[], string[]][] = [
	["a last line that was never ended", ["a\nb"], ["a", "b"]],
	["lines ended as on Windows, cut in the middle", ["a\r\nb\r", "\nc\r\n"], ["a", "b", "c"]],
	["a progress bar", ["\r10%", "\r20%\r", "\r30%\ndone\n"], ["10%", "20%", "30%", "done"]],
	["an empty line after one ended as on Windows", ["a\r\n\r\nb"], ["a", "", "b"]],
	["a letter cut in the middle", [new Uint8Array([0xc3]), new Uint8Array([0xa4, 0x0a])], ["ä"]],
	["bytes that are no text", [new Uint8Array([0xff, 0xfe, 0x41, 0x0a])], ["\ufffd\ufffdA"]],
	["colours and cursor moves", ["\u001b[31mred\u001b[0m\u001b[2J\u001b]0;title\u0007 text\n"], ["red text"]],
	["bells, backspaces, C1 and nulls", ["a\u0007b\u0008c\u009b31md\u0000\te\n"], ["abcd\te"]],
	["marks that turn the direction of text", ["abc\u202edcba\u2066\n"], ["abcdcba"]],
];
for (const [name, chunks, lines] of cases) {
	test(`behavior: ${name}`, () => assert.deepEqual(linesOf(...chunks), lines));
}

test("behavior: a line without end is cut, said so, and not held", () => {
	const chunks = Array.from({ length: 200 }, () => "x".repeat(1000));
	const [first = "", ...others] = linesOf(...chunks, "\nnext\n");
	assert.equal(first, `${"x".repeat(MAX_LINE)} [depin: line cut]`);
	assert.deepEqual(others, ["next"]);
});

test("behavior: a cut never leaves half a letter", () => {
	const [line = ""] = linesOf(`${"x".repeat(MAX_LINE - 1)}😀 and more\n`);
	assert.ok(line.isWellFormed());
});
