import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import type { Match } from "../spec.ts";
import { type Comparison, compareOutputs, type TaskOutputs } from "./compare.ts";
import { npy, png, safetensors } from "./files.fixture.ts";

type Files = Record<string, Uint8Array | string>;

function outputs(files: Files): TaskOutputs {
	const hash = (bytes: Uint8Array | string) => `0x${createHash("sha256").update(bytes).digest("hex")}` as const;
	const listed = Object.entries(files).map(([path, content]) => {
		const bytes = Buffer.from(content as Uint8Array);
		return { path, size: bytes.length, sha256: hash(bytes), read: async () => new Uint8Array(bytes) };
	});
	return { digest: hash(JSON.stringify(listed.map(({ path, sha256 }) => [path, sha256]))), files: async () => listed };
}

const by = (metric: "json-abs" | "json-rel" | "array-abs" | "array-rel", max: number): Match => ({
	tolerance: { metric, max },
});
const psnr = (min: number): Match => ({ tolerance: { metric: "image-psnr", min } });
const compare = (match: Match, claimed: Files, obtained: Files) =>
	compareOutputs(match, outputs(claimed), outputs(obtained));

const f32 = (...values: number[]) => new Float32Array(values);
const array = (...values: number[]) => npy("<f4", `(${values.length},)`, f32(...values));
const grey = (...rows: number[][]) => Uint8Array.from(rows.flatMap((row) => [0, ...row]));
const dot = (value: number) => png({ width: 2, height: 1 }, grey([value, value]));

test("default", async () => {
	const table: [string, Match, Files, Files, Comparison["verdict"]][] = [
		["equal bytes need no mode", "none", { a: "1" }, { a: "1" }, "same"],
		["none promises nothing", "none", { a: "1" }, { a: "2" }, "undecided"],
		["exact", "exact", { a: "1" }, { a: "2" }, "different"],
		["a number within", by("json-abs", 0.1), { "m.json": '{"loss":0.51}' }, { "m.json": '{"loss":0.5}' }, "same"],
		["a number beyond", by("json-abs", 0.1), { "m.json": '{"loss":0.7}' }, { "m.json": '{"loss":0.5}' }, "different"],
		["relative to the larger", by("json-rel", 0.01), { "m.json": "[1000]" }, { "m.json": "[1009]" }, "same"],
		["huge numbers", by("json-rel", 0.01), { "m.json": "[1.7e308]" }, { "m.json": "[-1.7e308]" }, "different"],
		["fields in any order", by("json-abs", 0), { "m.json": '{"a":1,"b":2}' }, { "m.json": '{"b":2,"a":1}' }, "same"],
		["a field more", by("json-abs", 9), { "m.json": '{"a":1,"b":2}' }, { "m.json": '{"a":1}' }, "different"],
		["a field named __proto__", by("json-abs", 9), { "m.json": '{"__proto__":1}' }, { "m.json": "{}" }, "different"],
		["a text", by("json-abs", 9), { "m.json": '["a"]' }, { "m.json": '["b"]' }, "different"],
		["a number as text", by("json-abs", 9), { "m.json": '["1"]' }, { "m.json": "[1]" }, "different"],
		["a list for a map", by("json-abs", 9), { "m.json": '[{"0":1}]' }, { "m.json": "[[1]]" }, "different"],
		["a file of no metric", by("json-abs", 9), { "w.bin": "1" }, { "w.bin": "2" }, "different"],
		["a file missing", by("json-abs", 9), {}, { "m.json": "1" }, "different"],
		["a file more", by("json-abs", 9), { "m.json": "1", x: "" }, { "m.json": "1" }, "different"],
		["npy within", by("array-abs", 0.01), { "w.npy": array(1, 2) }, { "w.npy": array(1, 2.005) }, "same"],
		["npy beyond", by("array-rel", 0.001), { "w.npy": array(1, 2) }, { "w.npy": array(1, 2.005) }, "different"],
		[
			"NaN where NaN is",
			by("array-abs", 1),
			{ "w.npy": array(Number.NaN, 1) },
			{ "w.npy": array(Number.NaN, 1.5) },
			"same",
		],
		["NaN for a number", by("array-abs", 1e9), { "w.npy": array(Number.NaN) }, { "w.npy": array(1) }, "different"],
		["infinity for a number", by("array-abs", 1e9), { "w.npy": array(1 / 0) }, { "w.npy": array(1) }, "different"],
		[
			"infinity of the other sign",
			by("array-abs", 1e9),
			{ "w.npy": array(1 / 0) },
			{ "w.npy": array(-1 / 0) },
			"different",
		],
		[
			"another shape",
			by("array-abs", 9),
			{ "w.npy": npy("<f4", "(1, 2)", f32(1, 2)) },
			{ "w.npy": array(1, 2) },
			"different",
		],
		[
			"big-endian is another array",
			by("array-abs", 0),
			{ "w.npy": npy(">f4", "(1,)", f32(1)) },
			{ "w.npy": array(1) },
			"different",
		],
		[
			"safetensors within",
			by("array-abs", 1),
			{ "w.safetensors": safetensors({ a: f32(1) }) },
			{ "w.safetensors": safetensors({ a: f32(2) }) },
			"same",
		],
		[
			"a tensor more",
			by("array-abs", 1),
			{ "w.safetensors": safetensors({ a: f32(1), b: f32(1) }) },
			{ "w.safetensors": safetensors({ a: f32(1) }) },
			"different",
		],
		["a picture within", psnr(40), { "p.png": dot(100) }, { "p.png": dot(101) }, "same"],
		["a picture beyond", psnr(40), { "p.png": dot(100) }, { "p.png": dot(110) }, "different"],
		[
			"a picture of another size",
			psnr(0),
			{ "p.png": png({ width: 1, height: 1 }, grey([1])) },
			{ "p.png": dot(1) },
			"different",
		],
	];
	for (const [what, match, claimed, obtained, verdict] of table) {
		const found = await compare(match, claimed, obtained);
		assert.equal(found.verdict, verdict, `${what}: ${found.detail}`);
	}
});

test("behavior: filters and colours of a picture are read as they were written", async () => {
	const plain = png(
		{ width: 3, height: 2, color: 2 },
		grey([1, 2, 3, 4, 5, 6, 7, 8, 9], [10, 20, 30, 40, 50, 60, 70, 80, 90]),
	);
	const rows = [
		[1, 1, 2, 3, 3, 3, 3, 3, 3, 3], // left
		[4, 9, 18, 27, 30, 30, 30, 30, 30, 30], // Paeth
	];
	const filtered = png({ width: 3, height: 2, color: 2 }, Uint8Array.from(rows.flat()));
	const found = await compare(psnr(1_000), { "p.png": filtered }, { "p.png": plain });
	assert.equal(found.verdict, "same", found.detail);
});

test("behavior: hostile files are different, cheaply, and never an exception", async () => {
	const lying = { width: 4096, height: 4096 };
	const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
	const offsets = (from: number, to: number) => `{"a":{"dtype":"F32","shape":[1],"data_offsets":[${from},${to}]}}`;
	const table: [string, Match, string, Uint8Array | string, Uint8Array | string, RegExp][] = [
		["no JSON", by("json-abs", 1), "m.json", "{", "1", /not JSON/],
		["no UTF-8", by("json-abs", 1), "m.json", Uint8Array.of(0x22, 0xff, 0x22), "1", /not JSON/],
		[
			"nested without end",
			by("json-abs", 1),
			"m.json",
			deep,
			`${"[".repeat(300)}${"]".repeat(300)}`,
			/deeper|instead of/,
		],
		["npy: nothing", by("array-abs", 1), "w.npy", "", array(1), /no npy/],
		["npy: cut in the header", by("array-abs", 1), "w.npy", array(1).subarray(0, 40), array(1), /cut off/],
		["npy: cut in the magic", by("array-abs", 1), "w.npy", array(1).subarray(0, 7), array(1), /cut off/],
		[
			"npy: cut in the data",
			by("array-abs", 1),
			"w.npy",
			array(1, 2).subarray(0, -1),
			array(1, 2),
			/takes 8 bytes, it has 7/,
		],
		[
			"npy: absurd shape",
			by("array-abs", 1),
			"w.npy",
			npy("<f4", "(99999999999, 99999999999)", f32(1)),
			array(1),
			/beyond any file/,
		],
		[
			"npy: zero times infinity",
			by("array-abs", 1),
			"w.npy",
			npy("<f4", "(0, 9007199254740993)", f32()),
			array(1),
			/no extent/,
		],
		[
			"npy: many dimensions",
			by("array-abs", 1),
			"w.npy",
			npy("<f4", `(${"1,".repeat(40)})`, f32(1)),
			array(1),
			/40 dimensions/,
		],
		["npy: objects", by("array-abs", 1), "w.npy", npy("|O", "(1,)", f32(1)), array(1), /plain numbers/],
		[
			"npy: code in the header",
			by("array-abs", 1),
			"w.npy",
			npy("", "", f32(1), { header: "__import__('os')" }),
			array(1),
			/plain numbers/,
		],
		["safetensors: nothing", by("array-abs", 1), "w.safetensors", "", safetensors({ a: f32(1) }), /cut off/],
		[
			"safetensors: header bomb",
			by("array-abs", 1),
			"w.safetensors",
			safetensors({}, { length: 2n ** 63n }),
			safetensors({ a: f32(1) }),
			/9223372036854775808 bytes/,
		],
		[
			"safetensors: header past the end",
			by("array-abs", 1),
			"w.safetensors",
			safetensors({}, { length: 5_000n }),
			safetensors({ a: f32(1) }),
			/cut off/,
		],
		[
			"safetensors: overlap",
			by("array-abs", 1),
			"w.safetensors",
			safetensors(
				{ a: f32(1) },
				{ header: `${offsets(0, 4).slice(0, -1)},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}` },
			),
			safetensors({ a: f32(1) }),
			/gap or overlaps/,
		],
		[
			"safetensors: backwards",
			by("array-abs", 1),
			"w.safetensors",
			safetensors({ a: f32(1) }, { header: offsets(4, 0) }),
			safetensors({ a: f32(1) }),
			/gap or overlaps/,
		],
		[
			"safetensors: bytes to spare",
			by("array-abs", 1),
			"w.safetensors",
			safetensors({ a: f32(1) }, { tail: 4 }),
			safetensors({ a: f32(1) }),
			/fill 4 of 8/,
		],
		[
			"safetensors: no map",
			by("array-abs", 1),
			"w.safetensors",
			safetensors({}, { header: "[]" }),
			safetensors({ a: f32(1) }),
			/no map|fill/,
		],
		["PNG: nothing", psnr(1), "p.png", "", dot(1), /no PNG/],
		["PNG: cut", psnr(1), "p.png", dot(1).subarray(0, 30), dot(1), /cut off/],
		[
			"PNG: bomb by its data",
			psnr(1),
			"p.png",
			png({ width: 2, height: 1 }, grey([]), deflateSync(Buffer.alloc(64 << 20))),
			dot(1),
			/more than its header/,
		],
		["PNG: bomb by its size", psnr(1), "p.png", png({ width: 2 ** 31, height: 2 ** 31 }, grey([])), dot(1), /too many/],
		["PNG: less than it says", psnr(1), "p.png", png(lying, grey([1])), dot(1), /less than its header/],
		[
			"PNG: not packed",
			psnr(1),
			"p.png",
			png({ width: 2, height: 1 }, grey([1, 1]), Uint8Array.of(1, 2, 3)),
			dot(1),
			/cannot be inflated/,
		],
		[
			"PNG: unknown filter",
			psnr(1),
			"p.png",
			png({ width: 2, height: 1 }, Uint8Array.of(9, 1, 1)),
			dot(1),
			/unknown filter/,
		],
		["PNG: no palette", psnr(1), "p.png", png({ width: 2, height: 1, color: 3 }, grey([1, 1])), dot(1), /palette/],
		[
			"PNG: interlaced",
			psnr(1),
			"p.png",
			png({ width: 2, height: 1, interlace: 1 }, grey([1, 1])),
			dot(1),
			/not interlaced/,
		],
	];
	for (const [what, match, path, claimed, obtained, detail] of table) {
		const found = await compare(match, { [path]: claimed }, { [path]: obtained });
		assert.equal(found.verdict, what.startsWith("nested") ? found.verdict : "different", `${what}: ${found.detail}`);
		assert.match(found.detail, detail, what);
	}
});

test("behavior: what our own run left unreadable condemns nobody", async () => {
	const found = await compare(by("json-abs", 1), { "m.json": "1" }, { "m.json": "{" });
	assert.equal(found.verdict, "undecided");
	const cut = await compare(by("array-abs", 1), { "w.npy": array(1) }, { "w.npy": "" });
	assert.equal(cut.verdict, "undecided");
});

test("behavior: content that is away is the caller's failure, not a difference", async () => {
	const claimed = outputs({ "m.json": "1" });
	const gone: TaskOutputs = { ...claimed, files: () => Promise.reject(new Error("away")) };
	await assert.rejects(compareOutputs(by("json-abs", 1), gone, outputs({ "m.json": "2" })), /away/);
});
