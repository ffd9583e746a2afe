import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createGate, judge } from "./gate.ts";
import { createMeter, createRate } from "./meter.ts";
import { isAllowed, isPortAllowed, type ProxyPolicy } from "./policy.ts";

const SERVER = "93.184.216.34";
const policy: ProxyPolicy = {
	rules: [
		{ host: "api.example.com", port: 443 },
		{ host: "*.example.org", port: 443 },
	],
	maxBytes: 1000,
	connections: 2,
	connectionsPerSecond: 2,
	inner: "172.20.0.0/16",
	ownAddresses: ["93.184.216.1"],
	resolvers: [],
};
const place = { host: "api.example.com", port: 443 };
const gateWith = (resolve: (host: string) => Promise<string[]>, clock = { ms: 0 }) => {
	const meter = createMeter(policy.maxBytes);
	return { meter, clock, gate: createGate({ policy, meter, resolve, nowMs: () => clock.ms }) };
};

test("default", async () => {
	const asked: string[] = [];
	const { gate } = gateWith(async (host) => {
		asked.push(host);
		return [SERVER];
	});
	const passage = await gate(place);
	assert.ok("address" in passage && passage.address === SERVER);
	assert.deepEqual(asked, ["api.example.com"]);
});

test("behavior: a name that is not allowed is not even looked up", async () => {
	const { gate } = gateWith(() => assert.fail("asked"));
	assert.deepEqual(await gate({ host: "evil-example.org", port: 443 }), { refused: "host-not-allowed" });
	assert.deepEqual(await gate({ ...place, port: 22 }), { refused: "port-not-allowed" });
});

describe("host patterns", () => {
	const table: [pattern: string, host: string, expected: boolean][] = [
		["api.example.com", "api.example.com", true],
		["api.example.com", "xapi.example.com", false],
		["api.example.com", "api.example.com.evil.example", false],
		["*.example.org", "a.example.org", true],
		["*.example.org", "a.b.example.org", true],
		["*.example.org", "example.org", false],
		["*.example.org", "evil-example.org", false],
		["*.example.org", "evilexample.org", false],
		["*", "anything.example", true],
	];
	for (const [pattern, host, expected] of table)
		test(`behavior: ${pattern} ${expected ? "has" : "has not"} ${host}`, () => {
			assert.equal(isAllowed([{ host: pattern, port: 1 }], host), expected);
			assert.equal(isPortAllowed([{ host: pattern, port: 1 }], host, 1), expected);
			assert.equal(isPortAllowed([{ host: pattern, port: 1 }], host, 2), false);
		});
});

describe("where a name leads", () => {
	const forbidden = [
		"0.0.0.0",
		"10.0.0.1",
		"100.64.0.1",
		"127.0.0.1",
		"127.255.255.254",
		"169.254.169.254",
		"172.16.0.1",
		"172.31.255.255",
		"192.0.0.1",
		"192.0.2.1",
		"192.88.99.1",
		"192.168.0.1",
		"198.18.0.1",
		"198.51.100.1",
		"203.0.113.1",
		"224.0.0.1",
		"239.255.255.255",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"::ffff:127.0.0.1",
		"::ffff:93.184.216.34",
		"::127.0.0.1",
		"64:ff9b::7f00:1",
		"64:ff9b:1::1",
		"100::1",
		"2001::1",
		"2001:db8::1",
		"2002:7f00:1::",
		"3fff::1",
		"5f00::1",
		"fc00::1",
		"fd00::1",
		"fe80::1",
		"fec0::1",
		"ff02::1",
		"not an address",
	];
	for (const address of forbidden)
		test(`behavior: not to ${address}`, () => {
			assert.deepEqual(judge([address], []), { refused: "address-forbidden" });
			assert.deepEqual(judge([SERVER, address], []), { refused: "address-forbidden" }, "nor among others");
		});
	test("behavior: not to the machine's own public address", () => {
		assert.deepEqual(judge(["93.184.216.1"], policy.ownAddresses), { refused: "address-forbidden" });
	});
	test("behavior: a name without an address, or whose name server does not answer", async () => {
		const refused = { refused: "name-unresolved" };
		assert.deepEqual(await gateWith(async () => []).gate(place), refused);
		assert.deepEqual(await gateWith(() => Promise.reject(new Error("SERVFAIL"))).gate(place), refused);
	});
	test("behavior: a name is judged anew for each connection (rebinding)", async () => {
		const answers = [[SERVER], ["127.0.0.1"]];
		const { gate } = gateWith(async () => answers.shift() ?? []);
		assert.ok("address" in (await gate(place)));
		assert.deepEqual(await gate(place), { refused: "address-forbidden" });
	});
});

test("behavior: no more at once than allowed, until one leaves; leaving twice frees one place", async () => {
	const { gate, clock } = gateWith(async () => [SERVER]);
	const [first] = [await gate(place), await gate(place)];
	clock.ms = 5_000;
	assert.deepEqual(await gate(place), { refused: "too-many-connections" });
	assert.ok("leave" in first);
	first.leave();
	first.leave();
	assert.ok("address" in (await gate(place)));
	assert.deepEqual(await gate(place), { refused: "too-many-connections" });
});

test("behavior: one that is refused for its address takes no place", async () => {
	const { gate, clock } = gateWith(async () => ["10.0.0.1"]);
	for (let turn = 0; turn < 10; turn += 1) {
		clock.ms += 1_000;
		assert.deepEqual(await gate(place), { refused: "address-forbidden" });
	}
});

test("behavior: a bucket of two seconds' worth, filled again in time", () => {
	const clock = { ms: 0 };
	const rate = createRate(3, () => clock.ms);
	const taken = () => Array.from({ length: 10 }, () => rate.take()).filter(Boolean).length;
	assert.equal(taken(), 6);
	clock.ms = 1_000;
	assert.equal(taken(), 3);
	clock.ms = 60_000;
	assert.equal(taken(), 6);
});

test("behavior: bytes of both ways count together, and the one too many is told", async () => {
	const { meter, gate } = gateWith(async () => [SERVER]);
	assert.equal(meter.add("bytesIn", 600), true);
	assert.equal(meter.add("bytesOut", 400), true);
	assert.equal(meter.spent, true);
	assert.deepEqual(await gate(place), { refused: "byte-quota" });
	assert.equal(meter.add("bytesOut", 1), false);
	meter.refused("byte-quota");
	assert.deepEqual(meter.use(), { connections: 0, bytesIn: 600, bytesOut: 401, refused: { "byte-quota": 1 } });
});
