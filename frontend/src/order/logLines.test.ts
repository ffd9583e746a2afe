import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "./logLines.ts";

test("default: lines, without the empty one after the last break", () => {
	assert.deepEqual(linesOf("one\ntwo\r\nthree\n"), ["one", "two", "three"]);
	assert.deepEqual(linesOf(""), []);
});

test("behavior: nothing in a log can colour, overwrite, link or turn around what stands beside it", () => {
	const hostile: [string, string[]][] = [
		["\u001b[31mred\u001b[0m", ["red"]],
		["\u001b]8;;http://evil\u0007link\u001b]8;;\u0007", ["link"]],
		["\u001b]0;title\u001b\\after", ["after"]],
		["\u001bcreset", ["creset"]],
		["a\u0008\u0008b", ["ab"]],
		["100%\rdone", ["100%", "done"]],
		["pay \u202e05.0\u202c now", ["pay 05.0 now"]],
		["tab\there", ["tab\there"]],
		["x".repeat(5_000), ["x".repeat(2_000)]],
	];
	for (const [log, lines] of hostile) assert.deepEqual(linesOf(log), lines, JSON.stringify(log));
});
