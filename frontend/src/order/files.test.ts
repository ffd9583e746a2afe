import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf, metricsIn, textOf } from "./files.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("default: numbers of metrics.json are the metrics, wherever the task's folder lies", () => {
	const metrics = bytes('{"accuracy":0.97512345,"confusion":[[1]],"loss":1e-9,"name":"x"}');
	const expected = [
		["accuracy", "0.975123"],
		["loss", "1e-9"],
	];
	assert.deepEqual(metricsIn([{ path: "metrics.json", bytes: metrics }]), expected);
	assert.deepEqual(metricsIn([{ path: "3/metrics.json", bytes: metrics }]), expected);
});

test("behavior: metrics that are none are left out, not an error", () => {
	for (const text of ["", "not json", "null", "[]", '"x"'])
		assert.deepEqual(metricsIn([{ path: "metrics.json", bytes: bytes(text) }]), [], text);
	assert.deepEqual(metricsIn([{ path: "notmetrics.json", bytes: bytes('{"a":1}') }]), []);
});

test("behavior: pictures that can carry a script are shown as text", () => {
	assert.deepEqual(["a.png", "b.JPG", "c.svg", "d.html", "e.json", "f"].map(kindOf), [
		"image",
		"image",
		"other",
		"other",
		"json",
		"other",
	]);
});

test("behavior: JSON is laid out, broken JSON stays as it is, bytes are no text, long files are cut", () => {
	assert.equal(textOf("a.json", bytes('{"a":1}')), '{\n  "a": 1\n}');
	assert.equal(textOf("a.json", bytes("{")), "{");
	assert.equal(textOf("a.txt", new Uint8Array([0xff, 0xfe])), undefined);
	assert.equal(textOf("a.txt", bytes("a\0b")), undefined);
	const long = textOf("a.txt", new Uint8Array(1_048_586).fill(97));
	assert.match(long ?? "", /\n… 10 more bytes$/);
});
