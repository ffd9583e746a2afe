import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { CarReader, CarWriter } from "@ipld/car";
import { varint } from "multiformats";
import { type Block, MAX_BLOCK_BYTES, rawBlock } from "./block.ts";
import { carHeader, carSection, decodeCar, encodeCar } from "./car.ts";
import { collect } from "./gateway.fixture.ts";

const blocks = ["one", "two", "three"].map((text) => rawBlock(Buffer.from(text)));
const roots = [(blocks[0] as Block).cid];

/** The bytes in pieces of every small size, so that no boundary is special. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
	for (let offset = 0; offset < bytes.byteLength; offset += size) yield bytes.subarray(offset, offset + size);
}

const car = async () => Buffer.concat(await collect(encodeCar(roots, blocks)));
const read = async (bytes: Uint8Array, size = 1000) => {
	const stream = await decodeCar(inPieces(bytes, size), "a test");
	return { roots: stream.roots, blocks: await collect(stream.blocks) };
};

describe("encodeCar and decodeCar", () => {
	test("default", async () => {
		for (const size of [1, 2, 3, 7, 64, 10_000]) {
			const decoded = await read(await car(), size);
			assert.deepEqual(decoded.roots.map(String), roots.map(String));
			assert.deepEqual(
				decoded.blocks.map(({ bytes }) => Buffer.from(bytes).toString()),
				["one", "two", "three"],
			);
		}
	});

	test("behavior: agrees with the reference library both ways", async () => {
		const reader = await CarReader.fromBytes(await car());
		assert.deepEqual((await reader.getRoots()).map(String), roots.map(String));
		assert.equal((await collect(reader.blocks())).length, 3);
		const { writer, out } = CarWriter.create(roots);
		const written = collect(out);
		for (const block of blocks) await writer.put(block);
		await writer.close();
		assert.equal((await read(Buffer.concat(await written))).blocks.length, 3);
	});

	test("behavior: a part without roots is a CAR too", async () => {
		const decoded = await read(Buffer.concat(await collect(encodeCar([], blocks))));
		assert.equal(decoded.roots.length, 0);
		assert.equal(decoded.blocks.length, 3);
	});
});

describe("malformed CARs", () => {
	const block = blocks[0] as Block;
	const prefixed = (body: Uint8Array) =>
		Buffer.concat([varint.encodeTo(body.byteLength, new Uint8Array(varint.encodingLength(body.byteLength))), body]);
	const header = carHeader(roots);
	const cases: [string, string, () => Uint8Array][] = [
		["nothing", "car-invalid", () => new Uint8Array(0)],
		["a header of garbage", "car-invalid", () => prefixed(Buffer.from("garbage"))],
		["a header longer than allowed", "car-invalid", () => Buffer.from([0xff, 0xff, 0xff, 0x7f])],
		["a header cut short", "car-invalid", () => header.subarray(0, 10)],
		["a CAR v2", "car-invalid", () => Buffer.from("0aa16776657273696f6e02", "hex")],
		["a section of zero bytes", "car-invalid", () => Buffer.concat([header, Buffer.from([0])])],
		[
			"a section that claims gigabytes",
			"car-invalid",
			() => Buffer.concat([header, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f])]),
		],
		["an endless length", "car-invalid", () => Buffer.concat([header, Buffer.alloc(20, 0xff)])],
		["a section cut short", "car-invalid", () => Buffer.concat([header, carSection(block).subarray(0, 20)])],
		["a section without a CID", "car-invalid", () => Buffer.concat([header, prefixed(Buffer.from("no cid here"))])],
		[
			"a block under another hash function",
			"car-invalid",
			() => Buffer.concat([header, prefixed(Buffer.from("01550004abcdabcd", "hex"))]),
		],
		[
			"a block over 2 MiB",
			"car-invalid",
			() => Buffer.concat([header, carSection(rawBlock(new Uint8Array(MAX_BLOCK_BYTES + 1)))]),
		],
		[
			"bytes that are not the CID's",
			"block-mismatch",
			() => Buffer.concat([header, carSection({ cid: block.cid, bytes: Buffer.from("0ne") })]),
		],
	];
	for (const [name, code, make] of cases)
		test(`behavior: refuses ${name}`, async () => {
			await assert.rejects(read(make()), { code });
		});

	test("behavior: no flipped bit goes unnoticed past the header", async () => {
		const whole = await car();
		const seed = randomBytes(64);
		for (const random of seed) {
			const at = header.byteLength + ((random * 7919) % (whole.byteLength - header.byteLength));
			const flipped = Buffer.from(whole);
			flipped[at] = (flipped[at] as number) ^ (1 << (random % 8));
			await assert.rejects(read(flipped), (error: Error & { code?: string }) => {
				return error.code === "car-invalid" || error.code === "block-mismatch";
			});
		}
	});
});
