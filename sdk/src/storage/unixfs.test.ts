import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createCipheriv, createHash } from "node:crypto";
import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { type Block, sha256, toHex } from "./block.ts";
import type { Dag } from "./dag.ts";
import { ImportRefusedError } from "./errors.ts";
import { importPath } from "./importPath.ts";
import { directoryOf, importBytes } from "./unixfs.ts";

let folder = "";
before(async () => {
	folder = await mkdtemp(join(tmpdir(), "depin-unixfs-"));
});
after(() => rm(folder, { recursive: true }));

async function tree(name: string, files: Record<string, string | Uint8Array>): Promise<string> {
	const root = join(folder, name);
	await mkdir(root, { recursive: true });
	for (const [path, content] of Object.entries(files)) {
		await mkdir(join(root, path, ".."), { recursive: true });
		await writeFile(join(root, path), content);
	}
	return root;
}

async function blocksOf(dag: Dag): Promise<Block[]> {
	const blocks: Block[] = [];
	for await (const block of dag.blocks()) blocks.push(block);
	return blocks;
}

/** The byte stream that Kubo's profile tests use: ChaCha20 of a seed, so that both sides can make it. */
function keystream(seed: string, size: number): Uint8Array {
	const cipher = createCipheriv("chacha20", createHash("sha256").update(seed).digest(), Buffer.alloc(16));
	return cipher.update(Buffer.alloc(size));
}

describe("importPath and importBytes", () => {
	test("default: a folder's files, digests and blocks", async () => {
		const root = await tree("default", { "b.txt": "two", "a/one.txt": "one" });
		const dag = await importPath(root);
		assert.deepEqual(
			dag.files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
			[
				{ path: "a/one.txt", size: 3, sha256: toHex(sha256(Buffer.from("one"))) },
				{ path: "b.txt", size: 3, sha256: toHex(sha256(Buffer.from("two"))) },
			],
		);
		const blocks = await blocksOf(dag);
		assert.equal(blocks.length, dag.blockCount);
		assert.equal(blocks.at(-1)?.cid.toString(), dag.root.toString());
		for (const { cid, bytes } of blocks) assert.deepEqual(sha256(bytes), Buffer.from(cid.multihash.digest));
		assert.equal(
			blocks.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
			dag.bytes,
		);
	});

	// Expected values are those of Kubo's own tests of this profile (test/cli/cid_profiles_test.go).
	const vectors: [string, () => Promise<Dag>, string][] = [
		[
			"hello world",
			() => importBytes(Buffer.from("hello world")),
			"bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
		],
		[
			"an empty file",
			() => importBytes(new Uint8Array(0)),
			"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
		],
		["an empty folder", () => directoryOf([]), "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"],
		[
			"one full chunk",
			() => importBytes(keystream("chunk-v1-seed", 2 ** 20)),
			"bafkreiacndfy443ter6qr2tmbbdhadvxxheowwf75s6zehscklu6ezxmta",
		],
		[
			"one byte more than a chunk",
			() => importBytes(keystream("chunk-v1-seed", 2 ** 20 + 1)),
			"bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64",
		],
	];
	for (const [name, make, expected] of vectors)
		test(`behavior: gives the same CID as Kubo for ${name}`, async () => {
			assert.equal((await make()).root.toString(), expected);
		});

	/** Names drawn from the keystream, the last one of another length, as Kubo's test does. */
	function names(lastLength: number): string[] {
		const alphabet = "abcdefghijklmnopqrstuvwxyz01234567890-_";
		const stream = keystream("hamt-unixfs-v1-2025", 2 ** 20);
		return Array.from({ length: 4766 }, (_, index) => {
			const letters = stream.subarray(index * 11, index * 11 + (index === 4765 ? lastLength : 11));
			return [...letters].map((letter) => alphabet[letter % alphabet.length]).join("");
		});
	}
	for (const [what, lastLength, expected] of [
		["at the threshold stays flat", 21, "bafybeic3h7rwruealwxkacabdy45jivq2crwz6bufb5ljwupn36gicplx4"],
		["over the threshold is sharded", 22, "bafybeiegvuterwurhdtkikfhbxcldohmxp566vpjdofhzmnhv6o4freidu"],
	] as const)
		test(`behavior: a folder ${what}, with Kubo's CID`, async () => {
			const root = await tree(`hamt-${lastLength}`, Object.fromEntries(names(lastLength).map((name) => [name, "x"])));
			assert.equal((await importPath(root)).root.toString(), expected);
			const file = await importBytes(Buffer.from("x"));
			const children = names(lastLength).map((name) => ({ name, root: file.root, size: file.size }));
			assert.equal((await directoryOf(children)).root.toString(), expected);
		});

	test("behavior: empty folders count, modes and times do not", async () => {
		const one = await tree("meta-1", { "run.sh": "#!/bin/sh\n" });
		await mkdir(join(one, "empty"));
		const two = await tree("meta-2", { "run.sh": "#!/bin/sh\n" });
		await mkdir(join(two, "empty"));
		await promisify(execFile)("chmod", ["755", join(two, "run.sh")]);
		const [first, second] = [await importPath(one), await importPath(two)];
		assert.equal(first.root.toString(), second.root.toString());
		await rm(join(two, "empty"), { recursive: true });
		assert.notEqual((await importPath(two)).root.toString(), first.root.toString());
	});

	test("behavior: a folder of folders equals directoryOf its parts", async () => {
		const root = await tree("lot", { "0/a": "zero", "1/a": "one" });
		const children = [];
		for (const name of ["0", "1"]) {
			const { root: cid, size } = await importPath(join(root, name));
			children.push({ name, root: cid, size });
		}
		assert.equal((await directoryOf(children)).root.toString(), (await importPath(root)).root.toString());
	});
});

describe("refusals", () => {
	const cases: [string, string, () => Promise<string>, Parameters<typeof importPath>[1]?][] = [
		["a missing path", "unreadable", async () => join(folder, "nowhere")],
		[
			"a symbolic link inside",
			"symlink",
			async () => {
				const root = await tree("link", { file: "x" });
				await symlink("/etc/hostname", join(root, "link"));
				return root;
			},
		],
		[
			"a symbolic link as the root",
			"symlink",
			async () => {
				await symlink("/etc/hostname", join(folder, "root-link"));
				return join(folder, "root-link");
			},
		],
		[
			"a pipe",
			"special-file",
			async () => {
				const root = await tree("pipe", {});
				await promisify(execFile)("mkfifo", [join(root, "pipe")]);
				return root;
			},
		],
		["a name with a line break", "bad-name", () => tree("newline", { "a\nb": "x" })],
		["a name with a backslash", "bad-name", () => tree("backslash", { "a\\b": "x" })],
		["a name that is not NFC", "bad-name", () => tree("nfd", { "e\u0301": "x" })],
		["too many files", "too-many-files", () => tree("many", { a: "", b: "", c: "" }), { limits: { maxFiles: 2 } }],
		["too many bytes", "too-many-bytes", () => tree("bytes", { a: "12345" }), { limits: { maxBytes: 4 } }],
		["too deep a folder", "too-deep", () => tree("deep", { "a/b/c/d": "" }), { limits: { maxDepth: 2 } }],
	];
	for (const [name, refusal, make, options] of cases)
		test(`behavior: refuses ${name}`, async () => {
			await assert.rejects(importPath(await make(), options), (error) => {
				assert(error instanceof ImportRefusedError);
				assert.equal(error.refusal, refusal);
				return true;
			});
		});

	test("behavior: notices a file that changed between import and upload", async () => {
		const root = await tree("changed", { file: "before" });
		const dag = await importPath(root);
		await writeFile(join(root, "file"), "after!");
		await assert.rejects(blocksOf(dag), { code: "import-refused", refusal: "changed" });
		await writeFile(join(root, "file"), "before");
		await appendFile(join(root, "file"), "a tail that no block covers");
		assert.equal((await blocksOf(dag)).length, dag.blockCount);
	});

	test("behavior: an aborted import stops", async () => {
		const root = await tree("abort", { file: "x" });
		const reason = new Error("enough");
		await assert.rejects(importPath(root, { signal: AbortSignal.abort(reason) }), reason);
	});
});
