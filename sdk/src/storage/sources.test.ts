import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isPublicAddress } from "./address.ts";
import { cidOfDigest, DAG_PB, digestOfCid, parseCid, RAW, rawBlock } from "./block.ts";
import { decodeUri, encodeUri, normaliseSource } from "./sources.ts";

const cid = rawBlock(Buffer.from("manifest")).cid.toString();

describe("encodeUri and decodeUri", () => {
	test("default", () => {
		const sources = ["https://gateway.example:8443/base", "http://127.0.0.1:8180"];
		const uri = encodeUri({ cid, sources });
		assert.equal(
			uri,
			`ipfs://${cid}?source=https%3A%2F%2Fgateway.example%3A8443%2Fbase&source=http%3A%2F%2F127.0.0.1%3A8180`,
		);
		assert.deepEqual(decodeUri(uri), { cid, sources });
		assert.deepEqual(decodeUri(`ipfs://${cid}`), { cid, sources: [] });
	});

	test("behavior: leaves out sources it cannot use and the fifth", () => {
		const named = ["ftp://old", "not a url", "https://user:pass@host", "https://a.example", "https://b.example"];
		const uri = `ipfs://${cid}?${named.map((source) => `source=${encodeURIComponent(source)}`).join("&")}&other=1`;
		assert.deepEqual(decodeUri(uri), { cid, sources: ["https://a.example"] });
	});

	test("behavior: refuses what it cannot write", () => {
		const many = Array.from({ length: 5 }, (_, index) => `https://${index}.example`);
		assert.throws(() => encodeUri({ cid, sources: many }), /more than 4 sources/);
		assert.throws(() => encodeUri({ cid, sources: [`https://a.example/${"x".repeat(1024)}`] }), /longer than 1024/);
		assert.throws(() => encodeUri({ cid: "Qm", sources: [] }), { code: "cid-invalid" });
		for (const source of ["file:///etc", "https://a:b@c.example", "https://a.example?x=1", "nonsense"])
			assert.throws(() => normaliseSource(source), { code: "uri-invalid" });
	});

	for (const uri of [
		"",
		"http://a.example",
		`ipfs://${cid}/path`,
		"ipfs://?source=x",
		"ipfs://notacid",
		`ipfs://${cid}#x`,
	])
		test(`behavior: refuses ${JSON.stringify(uri.slice(0, 20))}`, () => {
			assert.throws(() => decodeUri(uri), /cannot be used|not a usable CID/);
		});
});

describe("parseCid", () => {
	test("default: and back through the digest that stands on chain", () => {
		assert.equal(parseCid(cid).toString(), cid);
		assert.equal(cidOfDigest(RAW, digestOfCid(parseCid(cid))).toString(), cid);
		assert.equal(
			cidOfDigest(DAG_PB, digestOfCid(parseCid(cid)))
				.toString()
				.slice(0, 7),
			"bafybei",
		);
	});

	const cases: [string, RegExp][] = [
		["", /does not parse/],
		["bafynonsense", /does not parse/],
		["QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn", /CIDv0; write it as bafybei/],
		["bafyreigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", /codec 0x71/],
		[cid.toUpperCase(), /does not parse|write it as/],
	];
	for (const [text, message] of cases)
		test(`behavior: refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
			assert.throws(() => parseCid(text), message);
		});
});

describe("isPublicAddress", () => {
	const publicOnes = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1"];
	const others = [
		"0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8",
		"192.168.1.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8",
		"64:ff9b::7f00:1 2001:db8::1 2002:7f00:1:: fc00::1 fd12::1 fe80::1 ff02::1 not-an-address",
	].flatMap((line) => line.split(" "));
	for (const address of publicOnes) test(`default: ${address} is public`, () => assert(isPublicAddress(address)));
	for (const address of others) test(`behavior: ${address} is not`, () => assert(!isPublicAddress(address)));
});
