import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as dagPb from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import { CID } from "multiformats/cid";
import { type Block, cidOfDigest, DAG_PB, rawBlock, sha256 } from "./block.ts";
import { createDagWalk, type FileOp, type WalkLimits } from "./dagWalk.ts";

type Link = { name?: string; to: Block | CID };

function node(unixfs: UnixFS | Uint8Array | undefined, links: Link[]): Block {
	const bytes = dagPb.encode(
		dagPb.prepare({
			...(unixfs && { Data: unixfs instanceof UnixFS ? unixfs.marshal() : unixfs }),
			Links: links.map(({ name = "", to }) => ({ Name: name, Hash: to instanceof CID ? to : to.cid, Tsize: 1 })),
		}),
	);
	return { cid: cidOfDigest(DAG_PB, sha256(bytes)), bytes };
}

const directory = (links: Link[]) => node(new UnixFS({ type: "directory" }), links);
const shard = (links: Link[], fanout = 256n) =>
	node(new UnixFS({ type: "hamt-sharded-directory", fanout, hashType: 0x22n }), links);
const file = (parts: [Block, number][], data?: Uint8Array) =>
	node(
		new UnixFS({ type: "file", blockSizes: parts.map(([, size]) => BigInt(size)), ...(data && { data }) }),
		parts.map(([to]) => ({ to })),
	);
const bytes = (text: string) => rawBlock(Buffer.from(text));

/** Delivers blocks as wanted until the walk is done. */
function unpack(root: Block, others: Block[], limits: Partial<WalkLimits> = {}): FileOp[] {
	const walk = createDagWalk(root.cid, limits);
	const known = new Map([root, ...others].map((block) => [block.cid.toString(), block]));
	const ops: FileOp[] = [];
	while (walk.outstanding.size > 0) {
		const [key] = walk.outstanding.keys();
		const block = known.get(key as string);
		if (block === undefined) throw new Error(`the test has no block ${key}`);
		ops.push(...walk.accept(block));
	}
	return ops;
}

describe("createDagWalk", () => {
	test("default: a directory with a file in two parts", () => {
		const [one, two] = [bytes("one"), bytes("two!")];
		const whole = file([
			[one, 3],
			[two, 4],
		]);
		const root = directory([{ name: "whole", to: whole }]);
		assert.deepEqual(unpack(root, [one, two, whole]), [
			{ kind: "directory", path: "" },
			{ kind: "file", path: "whole", size: 7, cid: whole.cid.toString() },
			{ kind: "write", path: "whole", offset: 0, bytes: one.bytes },
			{ kind: "write", path: "whole", offset: 3, bytes: two.bytes },
		]);
	});

	test("behavior: data inside a node comes before its parts", () => {
		const tail = bytes("tail");
		const whole = file([[tail, 4]], Buffer.from("head"));
		const writes = unpack(whole, [tail]).filter((op) => op.kind === "write");
		assert.deepEqual(
			writes.map(({ offset, bytes }) => [offset, Buffer.from(bytes).toString()]),
			[
				[0, "head"],
				[4, "tail"],
			],
		);
	});

	test("behavior: a block wanted again after it came is wanted again", () => {
		const chunk = bytes("chunk");
		const inner = file([[chunk, 5]]);
		const root = directory([
			{ name: "a", to: chunk },
			{ name: "b", to: inner },
		]);
		const writes = unpack(root, [chunk, inner]).filter((op) => op.kind === "write");
		assert.deepEqual(writes.map(({ path }) => path).sort(), ["a", "b"]);
	});

	const leaf = bytes("leaf");
	for (const name of [
		"..",
		".",
		"",
		"a/b",
		"../up",
		"/abs",
		"a\\b",
		"a\nb",
		"a\u0000b",
		"\u001b[2J",
		"e\u0301",
		"x".repeat(256),
	])
		test(`behavior: refuses the name ${JSON.stringify(name.slice(0, 20))}`, () => {
			assert.throws(() => unpack(directory([{ name, to: leaf }]), [leaf]), { code: "dag-invalid" });
			assert.throws(() => unpack(shard([{ name: `0A${name}`, to: leaf }]), [leaf]), { code: "dag-invalid" });
		});

	const link = node(new UnixFS({ type: "symlink", data: Buffer.from("/etc/passwd") }), []);
	const empty = bytes("");
	const malformed: [string, RegExp, () => Block, Block[]][] = [
		["a symbolic link as the root", /is a symlink/, () => link, []],
		["a symbolic link in a directory", /is a symlink/, () => directory([{ name: "link", to: link }]), [link]],
		[
			"a name twice",
			/twice/,
			() =>
				directory([
					{ name: "a", to: leaf },
					{ name: "a", to: leaf },
				]),
			[leaf],
		],
		["a node that is not UnixFS", /not a UnixFS node/, () => node(undefined, []), []],
		["a node whose data is garbage", /not a UnixFS node/, () => node(Buffer.from([0xff, 0xff, 0xff]), []), []],
		["a part shorter than declared", /another size/, () => file([[leaf, 5]]), [leaf]],
		["a part longer than declared", /another size/, () => file([[leaf, 3]]), [leaf]],
		["a part that is a directory", /is a directory/, () => file([[directory([]), 1]]), [directory([])]],
		["an empty part", /empty part/, () => file([[empty, 0]]), [empty]],
		["parts without sizes", /no size for each part/, () => node(new UnixFS({ type: "file" }), [{ to: leaf }]), [leaf]],
		["an impossible size", /impossible size/, () => file([[leaf, 2 ** 60]]), [leaf]],
		["a strange fanout", /fanout/, () => shard([{ name: "0Aa", to: leaf }], 16n), [leaf]],
		[
			"a shard that holds a plain directory",
			/not part of a sharded/,
			() => shard([{ name: "0A", to: directory([]) }]),
			[directory([])],
		],
		[
			"a link to another hash function",
			/not sha2-256/,
			() => directory([{ name: "a", to: CID.parse("bafyaaaa") }]),
			[],
		],
	];
	for (const [name, message, make, others] of malformed)
		test(`behavior: refuses ${name}`, () => {
			assert.throws(() => unpack(make(), others), { code: "dag-invalid", message });
		});

	test("behavior: names taken in another shard count", () => {
		const inner = shard([{ name: "0Bsame", to: leaf }]);
		const root = shard([
			{ name: "0A", to: inner },
			{ name: "0Bsame", to: leaf },
		]);
		assert.throws(() => unpack(root, [inner, leaf]), /twice/);
	});

	test("behavior: a small DAG that unfolds to a huge tree is stopped", () => {
		const blocks: Block[] = [leaf];
		let top = directory([{ name: "f", to: leaf }]);
		for (let level = 0; level < 12; level++) {
			blocks.push(top);
			const inner = top;
			top = directory(Array.from({ length: 32 }, (_, index) => ({ name: `d${index}`, to: inner })));
		}
		assert.throws(() => unpack(top, blocks, { maxEntries: 100_000 }), { code: "content-too-large" });
	});

	test("behavior: a small DAG that unfolds to a huge file is stopped", () => {
		const blocks: Block[] = [leaf];
		let top: Block = leaf;
		let size = 4;
		for (let level = 0; level < 5; level++) {
			const part: [Block, number] = [top, size];
			top = file(Array.from({ length: 100 }, () => part));
			size *= 100;
			blocks.push(top);
		}
		assert.throws(() => unpack(top, blocks, { maxBytes: 2 ** 30 }), { code: "content-too-large" });
		assert.throws(() => unpack(top, blocks, { maxBytes: 2 ** 40, maxEntries: 10 }), { code: "content-too-large" });
	});
});
