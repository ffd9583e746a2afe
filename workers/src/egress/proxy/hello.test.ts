import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, test } from "node:test";
import { connect } from "node:tls";
import { clientHello, ECH, type Hello } from "../../../test/clientHello.ts";
import { judgeOpening, readClientHello } from "./hello.ts";

const place = { host: "api.example.com", port: 443 };
const named = clientHello({ names: ["api.example.com"] });

test("default", () => {
	assert.equal(judgeOpening(named, place), "pass");
	assert.equal(judgeOpening(clientHello({ names: ["API.Example.com"] }), place), "pass");
	assert.equal(judgeOpening(clientHello({ names: ["evil.example"] }), place), "refuse");
});

test("behavior: this Node's own client is understood", async () => {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	const client = connect({ host: "127.0.0.1", port, servername: "api.example.com" }).on("error", () => {});
	const [socket] = await once(server, "connection");
	const [bytes] = await once(socket, "data");
	assert.deepEqual(readClientHello(bytes), { name: "api.example.com", hidden: false });
	client.destroy();
	server.close();
});

test("behavior: whatever the records it is cut into, and wherever it is cut on its way, it is the same hello", () => {
	for (const recordBytes of [1, 3, 4, 5, 64, 1000]) {
		const bytes = clientHello({ names: ["api.example.com"], recordBytes });
		for (let end = 0; end < bytes.length; end += 1) assert.equal(judgeOpening(bytes.subarray(0, end), place), "more");
		assert.equal(judgeOpening(bytes, place), "pass");
	}
});

describe("hellos that do not show one name", () => {
	const hellos: [what: string, hello: Hello][] = [
		["no name", {}],
		["no name among others", { extensions: [[10, Buffer.from([0, 2, 0, 29])]] }],
		["an empty name", { names: [""] }],
		["no entry in the list", { names: [] }],
		["two names", { names: ["api.example.com", "evil.example"] }],
		["a name and a NUL", { names: ["api.example.com\0.evil.example"] }],
		["a dot at the end", { names: ["api.example.com."] }],
		["the name twice", { names: ["api.example.com"], extensions: [[0, Buffer.alloc(4)]] }],
		["a name before a hidden one (ECH)", { names: ["api.example.com"], extensions: [ECH] }],
		["more than a hello may have", { names: ["api.example.com"], extensions: [[21, Buffer.alloc(17_000)]] }],
	];
	for (const [what, hello] of hellos)
		test(`behavior: refuses ${what}`, () => assert.equal(judgeOpening(clientHello(hello), place), "refuse"));

	const broken: [what: string, bytes: Buffer][] = [
		["a message behind it", afterHello()],
		["an answer in place of a hello", Buffer.from([22, 3, 3, 0, 4, 2, 0, 0, 0])],
		["a record without bytes", Buffer.from([22, 3, 1, 0, 0])],
		["a record of another version", Buffer.from([22, 2, 0, 0, 1, 1])],
		["a record of another kind within it", Buffer.from([22, 3, 1, 0, 1, 1, 23, 3, 3, 0, 1, 0])],
	];
	for (const [what, bytes] of broken)
		test(`behavior: refuses ${what}`, () => assert.equal(judgeOpening(bytes, place), "refuse"));
});

/** One record more than the hello says: the message's length is one too small. */
function afterHello(): Buffer {
	const bytes = Buffer.from(named);
	bytes.writeUIntBE(bytes.readUIntBE(6, 3) - 1, 6, 3);
	return bytes;
}

test("behavior: what is no TLS passes only where names do not decide", () => {
	const others = ["GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "SSH-2.0-x\r\n", "\x80\x2e\x01"];
	for (const text of others)
		for (const [port, verdict] of [
			[443, "refuse"],
			[80, "refuse"],
			[22, "pass"],
		] as const)
			assert.equal(judgeOpening(Buffer.from(text, "latin1"), { ...place, port }), verdict);
	assert.equal(judgeOpening(clientHello({ names: ["evil.example"] }), { ...place, port: 8443 }), "refuse");
});

test("behavior: 20,000 hellos with bytes changed, cut or added are passed with that name or not at all", () => {
	let seed = 7;
	const random = (below: number) => {
		seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
		return (seed >>> 8) % below;
	};
	const whole = [named, clientHello({ names: ["evil.example"], extensions: [[43, Buffer.from([2, 3, 4])]] })];
	for (let turn = 0; turn < 20_000; turn += 1) {
		const bytes = Buffer.from(whole[turn % 2] ?? named);
		for (let changes = 0; changes <= random(4); changes += 1) bytes[random(bytes.length)] = random(256);
		const some = random(3) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
		if (judgeOpening(some, place) === "pass") assert.match(some.toString("latin1"), /api\.example\.com/i);
	}
});
